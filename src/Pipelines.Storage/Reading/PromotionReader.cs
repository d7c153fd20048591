using System.Data;
using Dapper;
using Npgsql;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Snapshots;

namespace Pipelines.Storage.Reading;

/// <summary>What people ask about promotions and snapshots. Reads only; holds a connection for one question.</summary>
public sealed class PromotionReader
{
    /// <summary>Lines of the timeline that come with a promotion; the rest is asked for as events.</summary>
    public const int TimelineLength = 1000;

    private static readonly string Page = Query.Load("reading/promotions");
    private static readonly string Events = Query.Load("reading/events");
    private static readonly string Head = Query.Load("reading/head");
    private static readonly string Detail = string.Join(
        ";\n", new[] { "promotion", "stages", "replicas", "findings", "events", "head" }.Select(name => Query.Load($"reading/{name}")));

    private static readonly string DeadLetters = Query.Load("dead_letters/waiting");
    private static readonly string Diffs = Query.Load("reading/diffs");
    private static readonly string Snapshot = string.Join(";\n", Query.Load("reading/snapshot"), Query.Load("reading/provenance"));

    private readonly NpgsqlDataSource _dataSource;

    public PromotionReader(NpgsqlDataSource dataSource)
    {
        DapperConventions.Apply();
        _dataSource = dataSource;
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<PromotionRow>> PageAsync(PromotionFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        var arguments = new { pipeline = filter.Pipeline, reach = filter.Reach?.ToArray(), state = filter.State, after_at = filter.After?.AcceptedAt, after_id = filter.After?.Id, limit = filter.Limit };
        return (await connection.QueryAsync<PromotionRow>(new CommandDefinition(Page, arguments, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>The promotion with everything, all of one moment; or null.</summary>
    public async Task<PromotionDetail?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var rows = await connection.QueryMultipleAsync(
            new CommandDefinition(Detail, new { id, after = 0, limit = TimelineLength }, moment, cancellationToken: cancellationToken));
        if (await rows.ReadSingleOrDefaultAsync<DefinedPromotionRow>() is not { } promotion)
        {
            return null;
        }

        return new PromotionDetail(
            promotion,
            (await rows.ReadAsync<StageRow>()).AsList(),
            (await rows.ReadAsync<ReplicaRow>()).AsList(),
            (await rows.ReadAsync<FindingRow>()).AsList(),
            (await rows.ReadAsync<EventRow>()).AsList(),
            (await rows.ReadSingleAsync<PromotionHead>()).LastSeq);
    }

    /// <summary>Where it stands, or null.</summary>
    public async Task<PromotionHead?> HeadAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<PromotionHead>(new CommandDefinition(Head, new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>The lines after that one, in order.</summary>
    public async Task<IReadOnlyList<EventRow>> EventsAsync(Guid id, int after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<EventRow>(new CommandDefinition(Events, new { id, after, limit }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>What the promotion would change, as JSON in UTF-8, one for each target that was asked; empty before it was validated.</summary>
    public async Task<IReadOnlyList<byte[]>> DiffsAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<PackedRow>(new CommandDefinition(Diffs, new { id }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => Compression.Unpack(row.Compressed, row.Size))];
    }

    /// <summary>What is known of a snapshot, or null.</summary>
    /// <param name="reach">Only if promotions of these pipelines brought it or found it; null is all.</param>
    public async Task<(SnapshotRow Snapshot, IReadOnlyList<ProvenanceRow> Provenance)?> SnapshotAsync(
        string digest, IReadOnlyList<string>? reach, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var rows = await connection.QueryMultipleAsync(new CommandDefinition(Snapshot, new { digest, reach = reach?.ToArray() }, cancellationToken: cancellationToken));
        return await rows.ReadSingleOrDefaultAsync<SnapshotRow>() is { } found
            ? (found, (await rows.ReadAsync<ProvenanceRow>()).AsList())
            : null;
    }

    /// <summary>How many messages were set aside and wait for somebody; throws when the database does not answer.</summary>
    public async Task<int> CountDeadLettersAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<int>(new CommandDefinition(DeadLetters, cancellationToken: cancellationToken));
    }
}

/// <summary>Which promotions are wanted.</summary>
/// <param name="Pipeline">Of this pipeline only; null is all.</param>
/// <param name="Reach">Of these pipelines only; null is all.</param>
/// <param name="State">In this state only; null is all.</param>
/// <param name="After">From behind this one; null is from the newest.</param>
/// <param name="Limit">At most so many.</param>
public sealed record PromotionFilter(string? Pipeline, IReadOnlyList<string>? Reach, string? State, PromotionPlace? After, int Limit);

/// <summary>A promotion's place in the order of the list.</summary>
public sealed record PromotionPlace(DateTimeOffset AcceptedAt, Guid Id);
