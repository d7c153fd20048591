namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class RestoredAsRecorded() : AuditRule("I6", "A rollback restores what the replica ran before, as recorded before it was touched.")
{
    public override IEnumerable<Violation> Check(Books books)
    {
        var stored = books.Snapshots.Select(x => x.Digest).ToHashSet(StringComparer.Ordinal);
        return books.Rollouts.SelectMany(rollout => rollout.Replicas.SelectMany(replica => Recorded(books, stored, rollout, replica)));
    }

    private IEnumerable<Violation> Recorded(Books books, HashSet<string> stored, Rollout rollout, ReplicaRow replica)
    {
        if (replica.TouchedAt is not { } touched)
        {
            yield break;
        }

        if (!stored.Contains(replica.Before))
        {
            yield return Broken(rollout.Promotion.Id, $"{replica.Replica} was touched, and what it ran before ('{replica.Before}') is not kept");
        }

        if (books.RecordOf(replica.Target, replica.Replica) is not { } record)
        {
            yield break;
        }

        if (record.HeldAt(touched) != replica.Before)
        {
            yield return Broken(rollout.Promotion.Id, $"{replica.Replica} held {record.HeldAt(touched)[..8]} when it was touched, and {replica.Before[..Math.Min(8, replica.Before.Length)]} is what was recorded");
        }

        foreach (var line in books.Lines[rollout.Promotion.Id].Where(x => x.Type == "replica" && x["target"] == replica.Target && x["replica"] == replica.Replica && x["state"] == "Restored"))
        {
            if (record.HeldAt(line.At) is var held && held != replica.Before)
            {
                yield return Broken(rollout.Promotion.Id, $"{replica.Replica} was called restored in line {line.Seq} and held {held[..8]} instead of {replica.Before[..Math.Min(8, replica.Before.Length)]}");
            }
        }
    }
}
