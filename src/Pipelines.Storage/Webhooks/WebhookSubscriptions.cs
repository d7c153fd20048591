using Pipelines.Storage.Audit;

namespace Pipelines.Storage.Webhooks;

/// <summary>Who wants to hear of what. Their secrets go in and are used for signing; nothing here gives them back.</summary>
public sealed class WebhookSubscriptions
{
    private static readonly string InsertSql = Query.Load("webhooks/insert");
    private static readonly string ListSql = Query.Load("webhooks/list");
    private static readonly string ChangeSql = Query.Load("webhooks/change");
    private static readonly string RotateSql = Query.Load("webhooks/rotate");
    private static readonly string DeleteSql = Query.Load("webhooks/delete");

    private readonly Outside _outside;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;

    internal WebhookSubscriptions(Outside outside, AuditLog audit, TimeProvider time) => (_outside, _audit, _time) = (outside, audit, time);

    public Task AddAsync(NewWebhook webhook, Actor by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        ArgumentNullException.ThrowIfNull(by);
        return _audit.ChangeAsync<Row>(
            InsertSql,
            new
            {
                id = webhook.Id,
                url = webhook.Url,
                description = webhook.Description,
                events = webhook.Events.ToArray(),
                pipelines = webhook.Pipelines.ToArray(),
                secret = webhook.Secret,
                by = by.Name,
                now = _time.GetUtcNow(),
            },
            by,
            made => LineOf("webhook.made", webhook.Id, made.Pipelines, new { webhook.Url, webhook.Events, webhook.Pipelines }),
            cancellationToken);
    }

    /// <summary>In the order in which they were made.</summary>
    /// <param name="reach">Only those that hear of no other pipelines than these; null is all.</param>
    public Task<IReadOnlyList<WebhookSubscription>> ListAsync(IReadOnlyList<string>? reach, CancellationToken cancellationToken) =>
        ReadAsync(null, reach, cancellationToken);

    /// <param name="reach">Only if it hears of no other pipelines than these; null is all. The same below.</param>
    public async Task<WebhookSubscription?> FindAsync(Guid id, IReadOnlyList<string>? reach, CancellationToken cancellationToken) =>
        (await ReadAsync(id, reach, cancellationToken)).SingleOrDefault();

    /// <returns>False when there is no such subscription.</returns>
    public Task<bool> ChangeAsync(Guid id, WebhookChange change, IReadOnlyList<string>? reach, Actor by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(by);
        return _audit.ChangeAsync<Row>(
            ChangeSql,
            new
            {
                id,
                url = change.Url,
                describes = change.Describes,
                description = change.Description,
                events = change.Events?.ToArray(),
                pipelines = change.Pipelines?.ToArray(),
                enabled = change.Enabled,
                reason = $"Disabled by '{by.Name}'.",
                reach = reach?.ToArray(),
                by = by.Name,
                now = _time.GetUtcNow(),
            },
            by,
            changed => LineOf(
                change.Enabled switch { true => "webhook.enabled", false => "webhook.disabled", null => "webhook.changed" }, id, changed.Pipelines,
                new { change.Url, change.Events, change.Pipelines, Description = change.Describes ? change.Description ?? "" : null }),
            cancellationToken);
    }

    /// <param name="until">How long the secret before it signs as well.</param>
    /// <returns>False when there is no such subscription.</returns>
    public Task<bool> RotateAsync(Guid id, string secret, DateTimeOffset until, IReadOnlyList<string>? reach, Actor by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(by);
        return _audit.ChangeAsync<Row>(
            RotateSql, new { id, secret, until, reach = reach?.ToArray(), by = by.Name, now = _time.GetUtcNow() }, by,
            rotated => LineOf("webhook.secret-rotated", id, rotated.Pipelines, new { OldSecretUntil = until }), cancellationToken);
    }

    /// <returns>False when there is no such subscription.</returns>
    public Task<bool> DeleteAsync(Guid id, IReadOnlyList<string>? reach, Actor by, CancellationToken cancellationToken) =>
        _audit.ChangeAsync<Row>(
            DeleteSql, new { id, reach = reach?.ToArray() }, by, deleted => LineOf("webhook.deleted", id, deleted.Pipelines, new { deleted.Url }), cancellationToken);

    private static AuditLine LineOf(string action, Guid id, string[]? pipelines, object data) => new(action, $"/webhooks/{id}", pipelines, data);

    private Task<IReadOnlyList<WebhookSubscription>> ReadAsync(Guid? id, IReadOnlyList<string>? reach, CancellationToken cancellationToken) =>
        _outside.QueryAsync<WebhookSubscription>(ListSql, new { id, reach = reach?.ToArray(), now = _time.GetUtcNow() }, cancellationToken);

    private sealed record Row
    {
        public string Url { get; init; } = "";

        /// <summary>Null is all.</summary>
        public string[]? Pipelines { get; init; }
    }
}

/// <param name="Events">Names of events; none means all.</param>
/// <param name="Pipelines">Names of pipelines; none means all.</param>
/// <param name="Secret">What deliveries are signed with.</param>
public sealed record NewWebhook(Guid Id, string Url, string? Description, IReadOnlyList<string> Events, IReadOnlyList<string> Pipelines, string Secret);

/// <summary>What changes; null leaves it as it is.</summary>
/// <param name="Describes">Whether the description changes, perhaps to none.</param>
public sealed record WebhookChange(string? Url, bool Describes, string? Description, IReadOnlyList<string>? Events, IReadOnlyList<string>? Pipelines, bool? Enabled);

/// <summary>A subscription as people see it.</summary>
public sealed record WebhookSubscription
{
    public Guid Id { get; init; }

    public required string Url { get; init; }

    public string? Description { get; init; }

    public required string[] Events { get; init; }

    public required string[] Pipelines { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset ChangedAt { get; init; }

    public required string ChangedBy { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    public string? DisabledReason { get; init; }

    /// <summary>Since when nothing that was tried came through; null when the last did.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Until when it asked to be left alone.</summary>
    public DateTimeOffset? QuietUntil { get; init; }

    /// <summary>Until when the secret before this one signs as well.</summary>
    public DateTimeOffset? OldSecretUntil { get; init; }

    /// <summary>How many deliveries wait for it, counted up to 1000.</summary>
    public int Waiting { get; init; }
}
