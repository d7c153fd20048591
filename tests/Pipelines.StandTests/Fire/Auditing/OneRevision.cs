using System.Text.Json;

namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class OneRevision() : AuditRule(
    "I1", "When a promotion has ended, all replicas run one revision: the new one, or each the one it ran before. Else it needs attention, and names every replica and what it runs.")
{
    public override IEnumerable<Violation> Check(Books books) =>
        books.Rollouts.Where(x => x.Stage.EndedAt is not null).SelectMany(x => Ended(books, x))
            .Concat(books.Promotions.SelectMany(x => WordsAgree(books, x)))
            .Concat(books.Promotions.Where(x => x.State == "NeedsAttention").SelectMany(x => Named(books, x)))
            .Concat(books.Rollouts.GroupBy(x => x.Target).SelectMany(x => AtRest(books, x)));

    private IEnumerable<Violation> Ended(Books books, Rollout rollout)
    {
        foreach (var replica in rollout.Replicas)
        {
            var (isDue, due) = rollout.HasSucceeded ? (replica.State == "Deployed", "Deployed") : (replica.TouchedAt is null || replica.State == "Restored", "Restored");
            if (!isDue)
            {
                yield return Broken(rollout.Promotion.Id, $"the {rollout} ended as {rollout.Stage.State}, and {replica.Replica} is {replica.State} instead of {due}");
            }

            if (books.RecordOf(replica.Target, replica.Replica)?.HeldAt(rollout.Stage.EndedAt!.Value) is { } held && held != rollout.Due(replica))
            {
                yield return Broken(rollout.Promotion.Id, $"the {rollout} ended as {rollout.Stage.State}, and {replica.Replica} held {held[..8]} then instead of {rollout.Due(replica)?[..8]}");
            }
        }

        var replicas = rollout.Promotion.Definition.GetProperty("instances").EnumerateArray().First(x => x.GetProperty("name").GetString() == rollout.Target).GetProperty("replicas").GetArrayLength();
        if (rollout.HasSucceeded && replicas != rollout.Replicas.Count)
        {
            yield return Broken(rollout.Promotion.Id, $"the {rollout} succeeded on {rollout.Replicas.Count} replicas, and there are {replicas}");
        }
    }

    // A promotion's end is no better than its stages'.
    private IEnumerable<Violation> WordsAgree(Books books, PromotionRow promotion)
    {
        var stages = books.Stages.Where(x => x.Promotion == promotion.Id).ToList();
        if (promotion.State == "Succeeded" && (stages.Count != promotion.Definition.GetProperty("stages").GetArrayLength() || stages.Exists(x => x.State != "Succeeded")))
        {
            yield return Broken(promotion.Id, $"{promotion.Pipeline} succeeded, and its stages are {string.Join(", ", stages.Select(x => $"{x.Kind} {x.State}"))}");
        }

        if (promotion.EndedAt is not null && stages.Exists(x => x.EndedAt is null))
        {
            yield return Broken(promotion.Id, $"{promotion.Pipeline} ended as {promotion.State}, and its stages are {string.Join(", ", stages.Select(x => $"{x.Kind} {x.State}"))}");
        }
    }

    private IEnumerable<Violation> Named(Books books, PromotionRow promotion)
    {
        var called = books.Lines[promotion.Id].LastOrDefault(x => x.Type == "needs-attention");
        if (called is null)
        {
            yield return Broken(promotion.Id, $"{promotion.Pipeline} needs attention, and nobody was told");
            yield break;
        }

        var named = called.Data.GetProperty("replicas").EnumerateArray().ToDictionary(x => x.GetProperty("replica").GetString()!, StringComparer.Ordinal);
        // It is asked after everything that was tried before, and before people are told.
        var since = books.Lines[promotion.Id].LastOrDefault(x => x.Seq < called.Seq && x.Type == "stage" && x["state"] == "Surveying")?.At ?? promotion.AcceptedAt;
        foreach (var replica in books.Rollouts.Where(x => x.Promotion.Id == promotion.Id && x.Stage.EndedAt is null).SelectMany(x => x.Replicas))
        {
            if (!named.TryGetValue(replica.Replica, out var said) || (Said(said, "revision") ?? Said(said, "problem")) is null)
            {
                yield return Broken(promotion.Id, $"{promotion.Pipeline} needs attention, and people were not told what {replica.Replica} runs");
            }
            else if (Said(said, "revision") is { } revision && books.RecordOf(replica.Target, replica.Replica) is { } record && !record.HeldBetween(since, called.At).Contains(revision))
            {
                yield return Broken(promotion.Id, $"people were told that {replica.Replica} runs {revision[..8]}, and it held {record.HeldAt(called.At)[..8]}");
            }
        }
    }

    private IEnumerable<Violation> AtRest(Books books, IGrouping<string, Rollout> target)
    {
        if (target.Any(x => x.FirstTouch is not null && x.Stage.EndedAt is null) || target.Where(x => x.FirstTouch is not null).MaxBy(x => x.Stage.EndedAt) is not { } last)
        {
            yield break;
        }

        foreach (var replica in last.Replicas)
        {
            if (books.RecordOf(replica.Target, replica.Replica) is not { } record)
            {
                continue;
            }

            if (record.Holds != last.Due(replica))
            {
                yield return Broken(last.Promotion.Id, $"nothing is under way on {target.Key} since the {last} ended as {last.Stage.State}, and {replica.Replica} holds {record.Holds[..8]} instead of {last.Due(replica)?[..8]}");
            }
            else if (record.Runs == false && (last.HasSucceeded || replica.BeforeRan))
            {
                yield return Broken(last.Promotion.Id, $"nothing is under way on {target.Key} since the {last} ended as {last.Stage.State}, and {replica.Replica} does not run");
            }
        }
    }

    private static string? Said(JsonElement replica, string name) =>
        replica.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
