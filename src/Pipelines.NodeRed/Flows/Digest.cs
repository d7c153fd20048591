using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Pipelines.NodeRed.Flows;

/// <summary>
/// The SHA-256 of flows, as 64 lowercase hex digits. It names a snapshot, and it is the revision that every Node-RED
/// since 3.1 reports for these flows: one value answers "what is this" and "does that replica run it".
/// </summary>
public readonly record struct Digest
{
    private const int HexLength = 64;
    private static readonly string Nothing = new('0', HexLength);
    private static readonly SearchValues<char> LowercaseHex = SearchValues.Create("0123456789abcdef");
    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>The first eight digits, for people.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "It is the short form, not an Int16.")]
    public string Short => ToString()[..8];

    public static Digest Of(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    public static Digest Parse(string text) => TryParse(text, out var digest)
        ? digest
        : throw new FormatException($"'{text}' is not a digest: 64 lowercase hex digits (SHA-256) are expected.");

    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        var valid = text is { Length: HexLength } && !text.AsSpan().ContainsAnyExcept(LowercaseHex);
        digest = valid ? new Digest(text!) : default;
        return valid;
    }

    public override string ToString() => _hex ?? Nothing;

    public bool Equals(Digest other) => string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());
}
