using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Storage.Audit;
using Pipelines.Storage.DeadLetters;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Feed;
using Pipelines.Storage.Hooks;
using Pipelines.Storage.Outbox;
using Pipelines.Storage.Sagas;
using Pipelines.Storage.Schedules;
using Pipelines.Storage.Snapshots;
using Pipelines.Storage.Webhooks;

namespace Pipelines.Storage.Hosting;

/// <summary>Throws away what is too old to matter, in small bites.</summary>
internal sealed partial class Housekeeping(NpgsqlDataSource dataSource, PipelinesStorageOptions options, TimeProvider time, ILogger<Housekeeping> logger)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Housekeeping.Every, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await CleanAsync(cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogSkipped(e.Message);
            }
        }
    }

    internal async Task CleanAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var kept = options.Housekeeping;
        await InBitesAsync(InboxSql.Trim, new { before = now - kept.InboxKept, limit = kept.BatchSize }, cancellationToken);
        await InBitesAsync(OutboxSql.Purge, new { before = now - kept.UnconsumedKept, limit = kept.BatchSize }, cancellationToken);
        await InBitesAsync(SagaSql.Trim, new { before = now - kept.SagasKept, limit = kept.BatchSize }, cancellationToken);
        await InBitesAsync(
            DeadLetterSql.Trim, new { before = now - kept.ReplayedKept, unseen_before = now - kept.DeadLettersKept, limit = kept.BatchSize }, cancellationToken);
        await InBitesAsync(FeedSql.Trim, new { before = now - kept.FeedKept, unread_before = now - kept.FeedUnreadKept, limit = kept.BatchSize }, cancellationToken);
        await InBitesAsync(HookDeliveryStore.Trim, new { before = now - kept.HookDeliveriesKept, limit = kept.BatchSize }, cancellationToken);
        await InBitesAsync(ScheduleSql.Trim, new { before = now - kept.ScheduleRunsKept, limit = kept.BatchSize }, cancellationToken);
        await InBitesAsync(AuditLog.Trim, new { before = now - kept.AuditKept, limit = kept.BatchSize }, cancellationToken);
        await InBitesAsync(WebhookSql.Trim, new { before = now - kept.DeliveriesKept, limit = kept.BatchSize }, cancellationToken);
        await ThrowFlowsAwayAsync(now - kept.SnapshotsKept, cancellationToken);
    }

    private async Task InBitesAsync(string sql, object arguments, CancellationToken cancellationToken)
    {
        int deleted;
        do
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            deleted = await ExecuteAsync(connection, sql, arguments, cancellationToken);
        }
        while (deleted == options.Housekeeping.BatchSize);
    }

    private async Task ThrowFlowsAwayAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        // Flows are large: fewer at once than rows.
        var bite = Math.Max(1, options.Housekeeping.BatchSize / 10);
        int deleted;
        do
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var alone = new NpgsqlCommand(SnapshotSql.NobodyKeeps, connection);
            if (!(bool)(await alone.ExecuteScalarAsync(cancellationToken))!)
            {
                return;
            }

            // A statement of its own, after the lock: it must see what the last one who kept flows has committed.
            deleted = await ExecuteAsync(connection, SnapshotSql.Trim, new { before, limit = bite }, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (deleted > 0)
            {
                LogThrownAway(deleted);
            }
        }
        while (deleted == bite);
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, object arguments, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Our own embedded files.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        Parameters.AddTo(command.Parameters, arguments);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(2132, LogLevel.Information, "{Count} snapshot(s) that nothing has referred to for long were thrown away.")]
    private partial void LogThrownAway(int count);

    [LoggerMessage(2131, LogLevel.Information, "Housekeeping is left for the next round: {Reason}")]
    private partial void LogSkipped(string reason);
}
