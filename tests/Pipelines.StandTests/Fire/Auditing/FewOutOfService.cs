namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class FewOutOfService() : AuditRule("I4", "Never are more replicas out of service because of us than the pipeline's maxUnavailable.")
{
    private static readonly string[] InService = ["Deployed", "Restored"];

    public override IEnumerable<Violation> Check(Books books) => books.Rollouts.Where(x => x.FirstTouch is not null).SelectMany(x => Counted(books, x));

    private IEnumerable<Violation> Counted(Books books, Rollout rollout)
    {
        var lines = books.Lines[rollout.Promotion.Id].Where(x => x.Type == "replica" && x["target"] == rollout.Target);
        // In the order in which things were decided, with what was carried out on a replica in between.
        var carriedOut = new Queue<(string Replica, CarriedOut Deploy)>(rollout.Replicas
            .SelectMany(row => books.RecordOf(row.Target, row.Replica)?.Deploys.Select(deploy => (row.Replica, deploy)) ?? [])
            .Where(x => x.deploy.At >= rollout.FirstTouch && x.deploy.At <= (rollout.Stage.EndedAt ?? books.Now))
            .OrderBy(x => x.deploy.At));
        var was = new Dictionary<string, string>(StringComparer.Ordinal);
        var isOut = new HashSet<string>(StringComparer.Ordinal);
        // What it has already is not brought to it again: it is looked at, stays in service, and a deploy that happens all the same is found above.
        var lookedAt = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines.Append<Line?>(null))
        {
            while (carriedOut.TryPeek(out var done) && (line is null || done.Deploy.At < line.At))
            {
                carriedOut.Dequeue();
                if (!isOut.Contains(done.Replica))
                {
                    yield return Broken(rollout.Promotion.Id, $"{done.Replica} was given {done.Deploy.Short} at {done.Deploy.At:O}, when it was {was.GetValueOrDefault(done.Replica, "not asked for")} and nobody had reckoned with it");
                }
            }

            if (line is null)
            {
                continue;
            }

            var (name, state) = (line["replica"]!, line["state"]!);
            var before = was.GetValueOrDefault(name);
            was[name] = state;
            if (InService.Contains(state))
            {
                isOut.Remove(name);
                lookedAt.Remove(name);
                continue;
            }

            if ((before, state) is ("Deployed", "Deploying") or ("Restored", "Restoring"))
            {
                lookedAt[name] = state;
            }
            else if (state is "Deploying" or "Restoring" && lookedAt.GetValueOrDefault(name) != state)
            {
                lookedAt.Remove(name);
            }

            if (!lookedAt.ContainsKey(name) && isOut.Add(name) && isOut.Count > rollout.MaxUnavailable)
            {
                yield return Broken(rollout.Promotion.Id, $"{string.Join(", ", isOut)} may have been out of service together from line {line.Seq} on, and {rollout.MaxUnavailable} may be");
            }
        }
    }
}
