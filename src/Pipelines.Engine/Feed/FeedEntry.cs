namespace Pipelines.Engine.Feed;

/// <summary>A line of a promotion's timeline that is an event for others, as it was stored.</summary>
/// <param name="Number">Its place among all; everything below it is there for good.</param>
/// <param name="PromotionId">The promotion, or what else the event is about: a webhook subscription.</param>
/// <param name="Sequence">Its place in the promotion's own timeline; grows, with gaps where a line is of the house.</param>
/// <param name="Event">Which event: <c>promotion.succeeded</c>.</param>
/// <param name="Line">What the timeline says, as JSON.</param>
public sealed record FeedEntry(long Number, Guid PromotionId, int Sequence, string Event, string Pipeline, DateTimeOffset At, string Line);
