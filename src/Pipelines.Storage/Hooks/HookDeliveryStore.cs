namespace Pipelines.Storage.Hooks;

/// <summary>What came to the promote button, and what became of it.</summary>
public sealed class HookDeliveryStore
{
    internal static readonly string Trim = Query.Load("hooks/trim");

    private static readonly string Note = Query.Load("hooks/note");
    private static readonly string List = Query.Load("hooks/list");

    private readonly Outside _outside;
    private readonly TimeProvider _time;

    internal HookDeliveryStore(Outside outside, TimeProvider time) => (_outside, _time) = (outside, time);

    /// <summary>Notes a delivery that began no promotion.</summary>
    public Task NoteAsync(HookDelivery delivery, string pipeline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        var arguments = new
        {
            pipeline,
            delivery = delivery.Delivery,
            outcome = delivery.Outcome,
            status = delivery.Status,
            reason = delivery.Reason,
            promotion_id = delivery.PromotionId,
            sender = delivery.Sender,
            now = _time.GetUtcNow(),
        };
        return _outside.ExecuteAsync(Note, arguments, cancellationToken);
    }

    /// <summary>Newest first.</summary>
    /// <param name="before">The last one that the reader has seen; null begins with the newest.</param>
    public Task<IReadOnlyList<HookDelivery>> ListAsync(string pipeline, (DateTimeOffset At, string Id)? before, int limit, CancellationToken cancellationToken) =>
        _outside.QueryAsync<HookDelivery>(List, new { pipeline, before_at = before?.At, before_id = before?.Id, limit }, cancellationToken);
}

/// <summary>A delivery to a hook.</summary>
public sealed record HookDelivery
{
    public string Id { get; init; } = "";

    /// <summary>As the sender named it; null when it had no name.</summary>
    public string? Delivery { get; init; }

    /// <summary><c>Accepted</c>, <c>Duplicate</c> or <c>Refused</c>.</summary>
    public string Outcome { get; init; } = "";

    /// <summary>The status of the answer.</summary>
    public int Status { get; init; }

    /// <summary>Why it was refused.</summary>
    public string? Reason { get; init; }

    /// <summary>The promotion that it began, or that it had begun before.</summary>
    public Guid? PromotionId { get; init; }

    /// <summary>The address from which it came; not kept for accepted ones.</summary>
    public string? Sender { get; init; }

    public DateTimeOffset At { get; init; }
}
