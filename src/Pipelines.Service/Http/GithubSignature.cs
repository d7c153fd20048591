using System.Security.Cryptography;

namespace Pipelines.Service.Http;

/// <summary>Signatures as GitHub makes them: over the body alone. They say nothing about when, so a delivery is known by its id only.</summary>
internal static class GithubSignature
{
    public const string SignatureHeader = "X-Hub-Signature-256";
    public const string IdHeader = "X-GitHub-Delivery";
    public const string EventHeader = "X-GitHub-Event";

    /// <summary>The event by which GitHub tries a hook that was just set up.</summary>
    public const string Ping = "ping";

    private const string Version = "sha256=";

    /// <summary>Why the delivery is not believed, for the log; null when it is.</summary>
    public static string? WhyNot(string? id, string? signature, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> keys)
    {
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(signature))
        {
            return $"{(string.IsNullOrEmpty(id) ? IdHeader : SignatureHeader)} is missing";
        }

        var given = new byte[SHA256.HashSizeInBytes];
        if (!signature.StartsWith(Version, StringComparison.Ordinal) || signature.Length != Version.Length + (2 * given.Length)
            || Convert.FromHexString(signature.AsSpan(Version.Length), given, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return $"{SignatureHeader} is not {Version} and 64 hex digits";
        }

        // Every key is tried, so that the time says nothing about which one was near.
        var right = false;
        foreach (var key in keys)
        {
            right |= CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, body), given);
        }

        return right ? null : "no signature is right";
    }
}
