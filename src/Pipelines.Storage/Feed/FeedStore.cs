using Npgsql;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Feed;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Feed;

internal sealed class FeedStore(UnitOfWork unit, Outside outside, NpgsqlDataSource dataSource, TimeProvider time) : IFeed
{
    private const int NumberedAtOnce = 5_000;

    private static readonly string UnnumberedSql = Query.Load("feed/unnumbered");
    private static readonly string HeadSql = Query.Load("feed/head");
    private static readonly string NumberSql = Query.Load("feed/number");
    private static readonly string BeginSql = Query.Load("feed/begin");
    private static readonly string TakeSql = Query.Load("feed/take");
    private static readonly string ReadSql = Query.Load("feed/read");
    private static readonly string MoveSql = Query.Load("feed/move");

    /// <summary>A reader's first position, before anything can happen that it must hear of.</summary>
    public static async Task RegisterAsync(NpgsqlDataSource dataSource, IEnumerable<string> readers, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        foreach (var reader in readers)
        {
            await using var command = new NpgsqlCommand(BeginSql, connection);
            Parameters.AddTo(command.Parameters, new { reader, now = time.GetUtcNow() });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public async Task<int> TakeAsync(string reader, int limit, Func<IReadOnlyList<CloudEvent>, CancellationToken, Task> deal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(deal);
        CrashPoint.Within("feed");
        await NumberAsync(cancellationToken);
        try
        {
            var patience = $"{FeedReaders.Patience.TotalMilliseconds:0}ms";
            if (await unit.QuerySingleOrDefaultAsync<Place>(TakeSql, new { reader, patience }, cancellationToken) is not { } place)
            {
                return 0;
            }

            var events = Read(await unit.QueryAsync<Row>(ReadSql, new { after = place.Position, limit }, cancellationToken));
            if (events.Count == 0)
            {
                return 0;
            }

            await deal(events, cancellationToken);
            unit.Later(MoveSql, new { reader, position = events[^1].Number, now = time.GetUtcNow() }, mustAffect: 1);
            await unit.CommitAsync(cancellationToken);
            return events.Count;
        }
        finally
        {
            await unit.RollbackAsync();
        }
    }

    public async Task<IReadOnlyList<CloudEvent>> ReadAsync(long after, int limit, CancellationToken cancellationToken)
    {
        await NumberAsync(cancellationToken);
        return Read(await outside.QueryAsync<Row>(ReadSql, new { after, limit }, cancellationToken));
    }

    // On a connection of its own, so that its lock is held for no longer than it takes.
    private async Task NumberAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var anything = new NpgsqlCommand(UnnumberedSql, connection);
        if (!(bool)(await anything.ExecuteScalarAsync(cancellationToken))!)
        {
            return;
        }

        // One batch is one transaction, and in it each statement sees what is committed when it begins.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(HeadSql));
        var number = new NpgsqlBatchCommand(NumberSql);
        Parameters.AddTo(number.Parameters, new { limit = NumberedAtOnce });
        batch.BatchCommands.Add(number);
        CrashPoint.Here("number.before");
        await batch.ExecuteNonQueryAsync(cancellationToken);
        CrashPoint.Here("number.after");
    }

    private static List<CloudEvent> Read(IReadOnlyList<Row> rows) =>
        [.. rows.Select(x => FeedEvents.ToCloudEvent(new FeedEntry(x.Number, x.PromotionId, x.Sequence, x.Event, x.Pipeline, x.At, x.Line)))];

    private sealed record Place
    {
        public long Position { get; init; }
    }

    private sealed record Row
    {
        public long Number { get; init; }

        public Guid PromotionId { get; init; }

        public int Sequence { get; init; }

        public string Event { get; init; } = "";

        public string Pipeline { get; init; } = "";

        public DateTimeOffset At { get; init; }

        public string Line { get; init; } = "{}";
    }
}

internal static class FeedSql
{
    public static readonly string Trim = Query.Load("feed/trim");
}
