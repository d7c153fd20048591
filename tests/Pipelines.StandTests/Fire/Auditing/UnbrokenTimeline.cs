using System.Security.Cryptography;
using System.Text;

namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class UnbrokenTimeline() : AuditRule("I7", "The audit log has no gaps and its hash chain verifies.")
{
    public override IEnumerable<Violation> Check(Books books)
    {
        foreach (var promotion in books.Promotions)
        {
            var (place, hash, broken) = (0, Array.Empty<byte>(), false);
            foreach (var line in books.Lines[promotion.Id])
            {
                hash = SHA256.HashData([.. hash, .. Encoding.UTF8.GetBytes($"{promotion.Id}|{line.Seq}|{line.Micros}|{line.Type}|{line.Text}")]);
                broken = line.Seq != ++place || !hash.AsSpan().SequenceEqual(line.Hash);
                if (broken)
                {
                    yield return Broken(promotion.Id, $"line {line.Seq}, the {place}. of {promotion.Pipeline}, does not follow from the one before");
                    break;
                }
            }

            if (!broken && (promotion.LastSeq != place || !hash.AsSpan().SequenceEqual(promotion.LastHash)))
            {
                yield return Broken(promotion.Id, $"{promotion.Pipeline} counts {promotion.LastSeq} lines, and there are {place}");
            }
        }
    }
}
