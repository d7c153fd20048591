using Dapper;
using Npgsql;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Webhooks;

/// <summary>Who wants to hear of what. Their secrets go in and are used for signing; nothing here gives them back.</summary>
public sealed class WebhookSubscriptions
{
    private static readonly string InsertSql = Query.Load("webhooks/insert");
    private static readonly string ListSql = Query.Load("webhooks/list");
    private static readonly string ChangeSql = Query.Load("webhooks/change");
    private static readonly string RotateSql = Query.Load("webhooks/rotate");
    private static readonly string DeleteSql = Query.Load("webhooks/delete");

    private readonly NpgsqlDataSource _dataSource;
    private readonly TimeProvider _time;

    public WebhookSubscriptions(NpgsqlDataSource dataSource, TimeProvider time)
    {
        DapperConventions.Apply();
        (_dataSource, _time) = (dataSource, time);
    }

    public Task AddAsync(NewWebhook webhook, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        return ExecuteAsync(
            InsertSql,
            new
            {
                id = webhook.Id,
                url = webhook.Url,
                description = webhook.Description,
                events = webhook.Events.ToArray(),
                pipelines = webhook.Pipelines.ToArray(),
                secret = webhook.Secret,
                by = webhook.By,
                now = _time.GetUtcNow(),
            },
            cancellationToken);
    }

    /// <summary>All, in the order in which they were made.</summary>
    public async Task<IReadOnlyList<WebhookSubscription>> ListAsync(CancellationToken cancellationToken) => await ReadAsync(null, cancellationToken);

    public async Task<WebhookSubscription?> FindAsync(Guid id, CancellationToken cancellationToken) => (await ReadAsync(id, cancellationToken)).SingleOrDefault();

    /// <returns>False when there is no such subscription.</returns>
    public Task<bool> ChangeAsync(Guid id, WebhookChange change, string by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        return ExecuteAsync(
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
                reason = $"Disabled by '{by}'.",
                by,
                now = _time.GetUtcNow(),
            },
            cancellationToken);
    }

    /// <param name="until">How long the secret before it signs as well.</param>
    /// <returns>False when there is no such subscription.</returns>
    public Task<bool> RotateAsync(Guid id, string secret, DateTimeOffset until, string by, CancellationToken cancellationToken) =>
        ExecuteAsync(RotateSql, new { id, secret, until, by, now = _time.GetUtcNow() }, cancellationToken);

    /// <returns>False when there is no such subscription.</returns>
    public Task<bool> DeleteAsync(Guid id, CancellationToken cancellationToken) => ExecuteAsync(DeleteSql, new { id }, cancellationToken);

    private async Task<List<WebhookSubscription>> ReadAsync(Guid? id, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<WebhookSubscription>(new CommandDefinition(ListSql, new { id, now = _time.GetUtcNow() }, cancellationToken: cancellationToken))).AsList();
    }

    private async Task<bool> ExecuteAsync(string sql, object arguments, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken)) > 0;
    }
}

/// <param name="Events">Names of events; none means all.</param>
/// <param name="Pipelines">Names of pipelines; none means all.</param>
/// <param name="Secret">What deliveries are signed with.</param>
/// <param name="By">Who makes it.</param>
public sealed record NewWebhook(Guid Id, string Url, string? Description, IReadOnlyList<string> Events, IReadOnlyList<string> Pipelines, string Secret, string By);

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
