namespace Pipelines.Engine.Feed;

/// <summary>
/// The events for others, in order per promotion, at least once: each reader goes on behind what it has dealt with, and of all processes
/// one at a time is that reader. Scoped, like the unit of work that it moves with.
/// </summary>
public interface IFeed
{
    /// <summary>
    /// Hands the next events to whoever deals with them, and puts the reader behind them in the same transaction as what was written while dealing.
    /// When that throws nothing has moved.
    /// </summary>
    /// <param name="reader">The reader's name, one of <see cref="FeedReaders"/>; it was registered at the start.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="deal">Writes with the scope's unit of work are committed with the new position. It must end within <see cref="FeedReaders.Patience"/> of standing still.</param>
    /// <returns>How many were dealt with; 0 when there is nothing, or another process is this reader now.</returns>
    Task<int> TakeAsync(string reader, int limit, Func<IReadOnlyList<CloudEvent>, CancellationToken, Task> deal, CancellationToken cancellationToken);

    /// <summary>What comes after a position; for those who only look.</summary>
    Task<IReadOnlyList<CloudEvent>> ReadAsync(long after, int limit, CancellationToken cancellationToken);
}

/// <summary>Who reads the feed.</summary>
public static class FeedReaders
{
    /// <summary>The relay that publishes on the broker.</summary>
    public const string Bus = "bus";

    /// <summary>What makes deliveries for webhook subscriptions.</summary>
    public const string Webhooks = "webhooks";

    /// <summary>A reader that says nothing to the database for so long while it deals with events is taken for dead, and another process takes over.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
}
