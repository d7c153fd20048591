using Dapper;
using Npgsql;
using Pipelines.Engine.Feed;
using Pipelines.Storage.Audit;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Webhooks;

/// <summary>Events on their way to subscribers. Whoever sends one has claimed it for a while; who comes back late writes nothing.</summary>
public sealed class WebhookDeliveries
{
    private static readonly string FanOutSql = Query.Load("webhooks/fan_out");
    private static readonly string ClaimSql = Query.Load("webhooks/claim");
    private static readonly string DeliveredSql = Query.Load("webhooks/delivered");
    private static readonly string FailedSql = Query.Load("webhooks/failed");
    private static readonly string DisableSql = Query.Load("webhooks/disable");
    private static readonly string ReleaseSql = Query.Load("webhooks/release");
    private static readonly string ListSql = Query.Load("webhooks/deliveries");
    private static readonly string FindSql = Query.Load("webhooks/delivery");
    private static readonly string ResendSql = Query.Load("webhooks/resend");

    private readonly NpgsqlDataSource _dataSource;
    private readonly Outside _outside;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;

    internal WebhookDeliveries(NpgsqlDataSource dataSource, Outside outside, AuditLog audit, TimeProvider time) =>
        (_dataSource, _outside, _audit, _time) = (dataSource, outside, audit, time);

    /// <summary>Makes the deliveries of some events, at the commit of the unit.</summary>
    public void FanOut(UnitOfWork unit, IReadOnlyList<CloudEvent> events)
    {
        ArgumentNullException.ThrowIfNull(unit);
        unit.Later(FanOutSql, Deliveries(events, _time.GetUtcNow()));
    }

    /// <summary>Claims what is due.</summary>
    /// <param name="limit">How many at most.</param>
    /// <param name="each">How many at most of one subscription, together with what it has under way here.</param>
    /// <param name="underWay">What each subscription has under way here.</param>
    /// <param name="lease">How long they are ours.</param>
    public Task<IReadOnlyList<ClaimedDelivery>> ClaimAsync(
        int limit, int each, IReadOnlyDictionary<Guid, int> underWay, TimeSpan lease, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(underWay);
        var now = _time.GetUtcNow();
        var (busy, places) = (underWay.Keys.ToArray(), underWay.Values.ToArray());
        return _outside.QueryAsync<ClaimedDelivery>(ClaimSql, new { limit, each, busy, places, now, until = now + lease }, cancellationToken);
    }

    /// <returns>False when somebody else has claimed it since: nothing was written.</returns>
    public async Task<bool> DeliveredAsync(ClaimedDelivery delivery, DateTimeOffset began, int status, string? answer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        var arguments = new { id = delivery.Id, claim = delivery.Claim, began, status, answer, now = _time.GetUtcNow() };
        return await _outside.QuerySingleOrDefaultAsync<int>(DeliveredSql, arguments, cancellationToken) == 1;
    }

    public async Task<FailureNoted> FailedAsync(ClaimedDelivery delivery, WebhookFailure failure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        ArgumentNullException.ThrowIfNull(failure);
        var now = _time.GetUtcNow();
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var arguments = new
        {
            id = delivery.Id,
            claim = delivery.Claim,
            began = failure.Began,
            status = failure.Status,
            error = failure.Error,
            answer = failure.Answer,
            next = failure.NextTryAt,
            quiet_until = failure.QuietUntil,
            now,
        };
        if (await connection.QuerySingleAsync<int>(new CommandDefinition(FailedSql, arguments, transaction, cancellationToken: cancellationToken)) == 0)
        {
            return FailureNoted.Late;
        }

        var disabled = failure.Disables is { } reason && await connection.ExecuteAsync(new CommandDefinition(
            DisableSql,
            new { id = delivery.SubscriptionId, reason, given_up = failure.EvenIfOthersCameThrough ? null : (long?)delivery.Id, now },
            transaction,
            cancellationToken: cancellationToken)) > 0;
        await transaction.CommitAsync(cancellationToken);
        return disabled ? FailureNoted.Disabled : FailureNoted.Noted;
    }

    /// <summary>Gives back what was not tried to its end.</summary>
    public Task ReleaseAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return _outside.ExecuteAsync(ReleaseSql, new { id = delivery.Id, claim = delivery.Claim }, cancellationToken);
    }

    /// <summary>The newest first.</summary>
    /// <param name="state">Only those; null is all.</param>
    /// <param name="after">From behind this one; null is from the newest.</param>
    public Task<IReadOnlyList<WebhookDelivery>> ListAsync(Guid subscription, string? state, long? after, int limit, CancellationToken cancellationToken) =>
        _outside.QueryAsync<WebhookDelivery>(ListSql, new { subscription, state, after, limit, now = _time.GetUtcNow() }, cancellationToken);

    /// <summary>One with its body, or null.</summary>
    public Task<WebhookDelivery?> FindAsync(Guid subscription, long id, CancellationToken cancellationToken) =>
        _outside.QuerySingleOrDefaultAsync<WebhookDelivery>(FindSql, new { subscription, id, now = _time.GetUtcNow() }, cancellationToken);

    /// <returns>False when there is no such delivery, it is being sent, or its subscription is disabled.</returns>
    public Task<bool> ResendAsync(Guid subscription, long id, Actor by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(by);
        return _audit.ChangeAsync<Resent>(
            ResendSql, new { subscription, id, by = by.Name, now = _time.GetUtcNow() }, by,
            resent => new AuditLine(
                "webhook.delivery-resent", $"/webhooks/{subscription}/deliveries/{id}", resent.Pipeline is { } pipeline ? [pipeline] : null, new { resent.EventId, resent.Event }),
            cancellationToken);
    }

    internal static object Deliveries(IReadOnlyList<CloudEvent> events, DateTimeOffset now) => new
    {
        event_ids = events.Select(x => x.Id).ToArray(),
        events = events.Select(x => x.Event).ToArray(),
        pipelines = events.Select(x => x.Pipeline).ToArray(),
        bodies = events.Select(x => x.StructuredJson()).ToArray(),
        now,
    };

    private sealed record Resent
    {
        public string EventId { get; init; } = "";

        public string Event { get; init; } = "";

        public string? Pipeline { get; init; }
    }
}

internal static class WebhookSql
{
    public static readonly string Trim = Query.Load("webhooks/trim");
}
