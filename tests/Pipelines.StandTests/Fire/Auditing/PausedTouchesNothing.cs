namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class PausedTouchesNothing() : AuditRule("I10", "While paused, no further replica is touched.")
{
    public override IEnumerable<Violation> Check(Books books) =>
        books.Promotions.SelectMany(promotion => Pauses(books, promotion).SelectMany(pause => Touched(books, promotion, pause)));

    /// <summary>From the word that it stands until somebody's word that it goes on, or its next state.</summary>
    private static IEnumerable<(Line From, Line? To)> Pauses(Books books, PromotionRow promotion)
    {
        Line? from = null;
        foreach (var line in books.Lines[promotion.Id])
        {
            if (from is null && line.Type == "promotion" && line["state"] is "NeedsAttention" or "Paused")
            {
                from = line;
            }
            else if (from is not null && (line.Type is "retry-requested" or "abort-requested" || (line.Type == "promotion" && line["state"] is not ("NeedsAttention" or "Paused"))))
            {
                yield return (from, line);
                from = null;
            }
        }

        if (from is not null)
        {
            yield return (from, null);
        }
    }

    private IEnumerable<Violation> Touched(Books books, PromotionRow promotion, (Line From, Line? To) pause)
    {
        var until = pause.To?.At ?? books.Now;
        foreach (var line in books.Lines[promotion.Id].Where(x => x.Type == "replica" && x["state"] == "Deploying" && x.Seq > pause.From.Seq && x.Seq < (pause.To?.Seq ?? int.MaxValue)))
        {
            yield return Broken(promotion.Id, $"{promotion.Pipeline} stands since line {pause.From.Seq}, and {line["replica"]} is deployed to in line {line.Seq}");
        }

        foreach (var rollout in books.Rollouts.Where(x => x.Promotion.Id == promotion.Id))
        {
            foreach (var replica in rollout.Replicas)
            {
                if (replica.TouchedAt > pause.From.At && replica.TouchedAt < until)
                {
                    yield return Broken(promotion.Id, $"{promotion.Pipeline} stands from {pause.From.At:O} to {until:O}, and {replica.Replica} was touched at {replica.TouchedAt:O}");
                }

                // Whoever was touched before may still be put back, or do late what it was asked to.
                if ((replica.TouchedAt is null || replica.TouchedAt > pause.From.At)
                    && books.RecordOf(replica.Target, replica.Replica)?.Deploys.FirstOrDefault(x => x.At > pause.From.At && x.At < until) is { } deploy)
                {
                    yield return Broken(promotion.Id, $"{promotion.Pipeline} stands from {pause.From.At:O} to {until:O}, and {replica.Replica}, which had not been touched, was given {deploy.Short} at {deploy.At:O}");
                }
            }
        }
    }
}
