using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Service.Http;

/// <summary>Standard Webhooks 1.0.0: who signed these very bytes, and when; and how to sign.</summary>
internal static class StandardWebhook
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>How far the sender's clock may be from ours, both ways.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string Version = "v1,";

    /// <summary>Why the delivery is not believed, for the log; null when it is.</summary>
    public static string? WhyNot(string? id, string? timestamp, string? signatures, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> keys, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(timestamp) || string.IsNullOrEmpty(signatures))
        {
            return $"{(string.IsNullOrEmpty(id) ? IdHeader : string.IsNullOrEmpty(timestamp) ? TimestampHeader : SignatureHeader)} is missing";
        }

        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return $"{TimestampHeader} is no number of seconds";
        }

        // The clock is read to the second, as the sender wrote it.
        var apart = now.ToUnixTimeSeconds() - seconds;
        if (apart > Tolerance.TotalSeconds)
        {
            return $"it was signed {apart} s ago";
        }

        if (-apart > Tolerance.TotalSeconds)
        {
            return $"it is signed {-apart} s in the future";
        }

        return IsSigned(Encoding.UTF8.GetBytes($"{id}.{timestamp}."), body, signatures, keys) ? null : "no signature is right";
    }

    public static string Sign(string id, long timestamp, ReadOnlySpan<byte> body, byte[] key) =>
        Version + Convert.ToBase64String(Mac(Encoding.UTF8.GetBytes($"{id}.{timestamp.ToString(CultureInfo.InvariantCulture)}."), body, key));

    // Every key is tried with every signature, so that the time says nothing about which one was near.
    private static bool IsSigned(byte[] prefix, ReadOnlySpan<byte> body, string signatures, IReadOnlyList<byte[]> keys)
    {
        var given = signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(x => x.StartsWith(Version, StringComparison.Ordinal)).Select(Decode).ToList();
        var right = false;
        foreach (var key in keys)
        {
            var expected = Mac(prefix, body, key);
            foreach (var signature in given)
            {
                right |= CryptographicOperations.FixedTimeEquals(expected, signature);
            }
        }

        return right;
    }

    private static byte[] Mac(byte[] prefix, ReadOnlySpan<byte> body, byte[] key)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(prefix);
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    private static byte[] Decode(string signature)
    {
        var text = signature.AsSpan(Version.Length);
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64Chars(text, bytes, out var length) ? bytes[..length] : [];
    }
}
