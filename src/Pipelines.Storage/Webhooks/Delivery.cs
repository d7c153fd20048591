namespace Pipelines.Storage.Webhooks;

/// <summary>A delivery that is ours to send for a while, with what it takes to send it.</summary>
public sealed record ClaimedDelivery
{
    public long Id { get; init; }

    /// <summary>The fence: whoever claims it next has a larger one.</summary>
    public int Claim { get; init; }

    public Guid SubscriptionId { get; init; }

    /// <summary>The same on every try.</summary>
    public required string EventId { get; init; }

    public required string Event { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>Tries that came to nothing so far.</summary>
    public int Attempts { get; init; }

    public required string Url { get; init; }

    public required string Secret { get; init; }

    /// <summary>The secret before it, while it signs as well.</summary>
    public string? OldSecret { get; init; }

    // Whoever logs it must not log its secrets.
    public override string ToString() => $"delivery {Id} of {EventId} to {SubscriptionId}";
}

/// <summary>A try that came to nothing.</summary>
/// <param name="Began">When it began.</param>
/// <param name="Status">What was answered; null when nothing was.</param>
/// <param name="Error">Why, for people.</param>
/// <param name="Answer">The beginning of the answer's body.</param>
/// <param name="NextTryAt">Null gives it up.</param>
/// <param name="QuietUntil">Until when the subscriber asked to be left alone.</param>
/// <param name="Disables">Why its subscription gets nothing more; null when it stays.</param>
/// <param name="EvenIfOthersCameThrough">False: only if nothing came through since this delivery's first try.</param>
public sealed record WebhookFailure(
    DateTimeOffset Began, int? Status, string Error, string? Answer, DateTimeOffset? NextTryAt, DateTimeOffset? QuietUntil, string? Disables, bool EvenIfOthersCameThrough);

/// <summary>What became of the note.</summary>
public enum FailureNoted
{
    /// <summary>It is written.</summary>
    Noted,

    /// <summary>It is written, and its subscription gets nothing more.</summary>
    Disabled,

    /// <summary>Somebody else has claimed the delivery since: nothing was written.</summary>
    Late,
}

/// <summary>A delivery as people see it.</summary>
public sealed record WebhookDelivery
{
    public long Id { get; init; }

    public required string EventId { get; init; }

    public required string Event { get; init; }

    public required string Pipeline { get; init; }

    /// <summary><c>Pending</c>, <c>Delivered</c> or <c>Failed</c>.</summary>
    public required string State { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public int Attempts { get; init; }

    public DateTimeOffset? NextTryAt { get; init; }

    public DateTimeOffset? LastTriedAt { get; init; }

    public int? LastStatus { get; init; }

    public string? LastError { get; init; }

    public string? LastAnswer { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? ResentAt { get; init; }

    public string? ResentBy { get; init; }

    /// <summary>Whether a process is sending it now.</summary>
    public bool UnderWay { get; init; }

    /// <summary>Null in lists.</summary>
    public byte[]? Body { get; init; }
}
