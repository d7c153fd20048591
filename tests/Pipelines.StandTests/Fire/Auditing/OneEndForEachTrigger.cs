namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class OneEndForEachTrigger() : AuditRule(
    "I3", "Every accepted trigger leads to exactly one promotion, and every promotion to exactly one terminal event, however often the trigger or any message is delivered.")
{
    private static readonly string[] Ends = ["promotion.succeeded", "promotion.failed", "promotion.rolled-back", "promotion.aborted", "promotion.superseded"];

    public override IEnumerable<Violation> Check(Books books)
    {
        var feed = books.Feed.ToLookup(x => x.Promotion);
        return books.Promotions.SelectMany(x => Told(books, feed, x)).Concat(books.Receipts.SelectMany(x => Kept(books, x))).Concat(Numbers(books));
    }

    private IEnumerable<Violation> Told(Books books, ILookup<Guid, FeedRow> feed, PromotionRow promotion)
    {
        var due = promotion.EndedAt is null ? 0 : 1;
        if (books.Lines[promotion.Id].Count(x => x.Type == "accepted") is not 1 and var accepted)
        {
            yield return Broken(promotion.Id, $"{promotion.Pipeline} was accepted {accepted} times");
        }

        if (books.Lines[promotion.Id].Count(x => x.IsEnd) is var ends && ends != due)
        {
            yield return Broken(promotion.Id, $"{promotion.Pipeline} is {promotion.State}, and its timeline has {ends} ends");
        }

        if (feed[promotion.Id].Count(x => Ends.Contains(x.Event)) is var told && told != due)
        {
            yield return Broken(promotion.Id, $"{promotion.Pipeline} is {promotion.State}, and others were told of {told} ends");
        }

        foreach (var twice in feed[promotion.Id].GroupBy(x => x.Seq).Where(x => x.Count() > 1))
        {
            yield return Broken(promotion.Id, $"line {twice.Key} is {twice.Count()} events for others");
        }
    }

    private IEnumerable<Violation> Kept(Books books, Receipt receipt)
    {
        var promotions = books.Promotions.Where(x => x.Key == receipt.Key || x.Key.EndsWith($":{receipt.Key}", StringComparison.Ordinal)).ToList();
        if (promotions is not [{ } only] || only.Id != receipt.Promotion)
        {
            yield return Broken(receipt.Promotion, $"the trigger {receipt.Key} was answered with this promotion, and it led to {promotions.Count}: {string.Join(", ", promotions.Select(x => x.Id))}");
        }
    }

    // A reader goes on from a number: one that is missing or there twice is an event that somebody does not hear of, or hears again.
    private IEnumerable<Violation> Numbers(Books books)
    {
        var numbers = books.Feed.Select(x => x.Number).OfType<long>().Order().ToList();
        if (numbers.Count > 0 && (numbers[^1] - numbers[0] + 1 != numbers.Count || numbers.Distinct().Count() != numbers.Count))
        {
            yield return Broken(null, $"{numbers.Count} events for others have the numbers {numbers[0]} to {numbers[^1]}");
        }
    }
}
