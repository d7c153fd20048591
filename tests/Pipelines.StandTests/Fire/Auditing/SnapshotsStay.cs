using System.IO.Compression;
using System.Security.Cryptography;

namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class SnapshotsStay() : AuditRule("I8", "A snapshot never changes once stored.")
{
    public override IEnumerable<Violation> Check(Books books)
    {
        foreach (var snapshot in books.Snapshots)
        {
            if (DigestOf(snapshot) is var digest && digest != snapshot.Digest)
            {
                yield return Broken(null, $"the flows that are stored as {snapshot.Digest[..8]} are {digest}");
            }
        }

        var stored = books.Snapshots.Select(x => x.Digest).ToHashSet(StringComparer.Ordinal);
        foreach (var promotion in books.Promotions.Where(x => x.Snapshot is { } digest && !stored.Contains(digest)))
        {
            yield return Broken(promotion.Id, $"{promotion.Snapshot![..8]}, which was promoted, is not stored");
        }
    }

    private static string DigestOf(SnapshotRow snapshot)
    {
        try
        {
            using var bytes = new MemoryStream();
            using var brotli = new BrotliStream(new MemoryStream(snapshot.Compressed), CompressionMode.Decompress);
            brotli.CopyTo(bytes);
            return bytes.Length == snapshot.Size ? Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())) : $"{bytes.Length} bytes instead of {snapshot.Size}";
        }
        catch (InvalidDataException e)
        {
            return $"unreadable: {e.Message}";
        }
    }
}
