namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class OneAtATime() : AuditRule("I2", "Two promotions never interleave on one target. Locks carry a fencing token that only grows.")
{
    public override IEnumerable<Violation> Check(Books books) =>
        books.Rollouts.Where(x => x.FirstTouch is not null).GroupBy(x => x.Target).SelectMany(x => OneAfterTheOther(books, x))
            .Concat(books.Records.SelectMany(x => EachByItsHolder(books, x)))
            .Concat(Holders(books));

    private IEnumerable<Violation> OneAfterTheOther(Books books, IGrouping<string, Rollout> target)
    {
        Rollout? before = null;
        long last = 0;
        foreach (var rollout in target.OrderBy(x => x.FirstTouch))
        {
            if (before is not null && (before.Stage.EndedAt is null || before.Stage.EndedAt > rollout.FirstTouch))
            {
                yield return Broken(rollout.Promotion.Id, $"the {rollout} touched its first replica at {rollout.FirstTouch:O}, and the {before} [{before.Promotion.Id}] had its hands on it until {before.Stage.EndedAt?.ToString("O") ?? "now"}");
            }

            var tokens = books.Sagas.Where(x => x.Machine == "replica" && x.Body.GetProperty("which").GetProperty("stageId").GetGuid() == rollout.Stage.Id)
                .Select(x => x.Body.GetProperty("which").GetProperty("token").GetInt64()).Distinct().ToList();
            if (tokens.Count > 1 || tokens.Exists(token => token <= last))
            {
                yield return Broken(rollout.Promotion.Id, $"the {rollout} worked under the token {string.Join(" and ", tokens)}, and the one before it under {last}");
            }

            last = tokens.Append(last).Max();
            before = rollout;
        }
    }

    // What a replica itself has seen: each deploy by whoever held the target then, and nothing else.
    private IEnumerable<Violation> EachByItsHolder(Books books, ReplicaRecord record)
    {
        var mine = books.Rollouts.Where(x => x.Target == record.Target).ToList();
        foreach (var deploy in record.Deploys)
        {
            var holder = mine.Find(x => x.FirstTouch <= deploy.At && (x.Stage.EndedAt is null || x.Stage.EndedAt >= deploy.At));
            var row = holder?.Replicas.FirstOrDefault(x => x.Replica == record.Replica);
            if (holder is null)
            {
                yield return Broken(null, $"{record.Replica} of {record.Target} was given {deploy.Short} at {deploy.At:O}, when nobody held the target");
            }
            else if (row is null || (deploy.Revision != holder.Promotion.Snapshot && deploy.Revision != row.Before))
            {
                yield return Broken(holder.Promotion.Id, $"{record.Replica} was given {deploy.Short} at {deploy.At:O}, which is nothing of the {holder}, who held the target");
            }
        }
    }

    private IEnumerable<Violation> Holders(Books books)
    {
        foreach (var hold in books.Holds)
        {
            if (books.Promotions.FirstOrDefault(x => x.Id == hold.Promotion) is not { EndedAt: null } || books.Stages.FirstOrDefault(x => x.Id == hold.Stage) is { EndedAt: not null })
            {
                yield return Broken(hold.Promotion, $"it has ended, and still {(hold.IsPlace ? "stands in line for" : "holds")} {hold.Target}");
            }
        }
    }
}
