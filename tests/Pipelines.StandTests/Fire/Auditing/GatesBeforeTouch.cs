namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class GatesBeforeTouch() : AuditRule("I5", "No replica is touched before all gates have passed for that very snapshot digest.")
{
    public override IEnumerable<Violation> Check(Books books) => books.Rollouts.SelectMany(x => Passed(books, x));

    private IEnumerable<Violation> Passed(Books books, Rollout rollout)
    {
        var gates = books.Stages.Where(x => x.Promotion == rollout.Promotion.Id && x.Index < rollout.Stage.Index).ToList();
        foreach (var replica in rollout.Replicas)
        {
            // Its own word, and what it has on record.
            var touched = new[]
            {
                replica.TouchedAt,
                books.RecordOf(replica.Target, replica.Replica)?.Deploys.FirstOrDefault(x => x.Revision == rollout.Promotion.Snapshot && IsOurs(books, rollout, x))?.At,
            }.Min();
            if (touched is null)
            {
                continue;
            }

            if (gates.Count < rollout.Stage.Index || gates.Find(x => x.State != "Succeeded" || x.EndedAt > touched) is not null)
            {
                yield return Broken(rollout.Promotion.Id, $"{replica.Replica} was touched at {touched:O}, and the gates were {string.Join(", ", gates.Select(x => $"{x.Kind} {x.State} at {x.EndedAt:O}"))}");
            }
        }

        foreach (var saga in books.Sagas.Where(x => rollout.FirstTouch is not null && x.Id != rollout.Stage.Id && gates.Exists(gate => gate.Id == x.Id) && x["snapshotDigest"] != rollout.Promotion.Snapshot))
        {
            yield return Broken(rollout.Promotion.Id, $"{rollout.Promotion.Snapshot?[..8]} was rolled out, and the gate {saga.Machine} was about {saga["snapshotDigest"] ?? "nothing"}");
        }
    }

    // Another one may bring the same flows to the same target, in its own turn.
    private static bool IsOurs(Books books, Rollout rollout, CarriedOut deploy) =>
        deploy.At >= rollout.Promotion.AcceptedAt && deploy.At <= (rollout.Stage.EndedAt ?? books.Now)
        && !books.Rollouts.Any(x => x != rollout && x.Target == rollout.Target && x.FirstTouch <= deploy.At && (x.Stage.EndedAt is null || x.Stage.EndedAt >= deploy.At));
}
