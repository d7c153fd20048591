using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Outbox;

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
        await InBitesAsync(InboxSql.Trim, now - options.Housekeeping.InboxKept, cancellationToken);
        await InBitesAsync(OutboxSql.Purge, now - options.Housekeeping.UnconsumedKept, cancellationToken);
    }

    private async Task InBitesAsync(string sql, DateTimeOffset before, CancellationToken cancellationToken)
    {
        int deleted;
        do
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            Parameters.AddTo(command.Parameters, new { before, limit = options.Housekeeping.BatchSize });
            deleted = await command.ExecuteNonQueryAsync(cancellationToken);
        }
        while (deleted == options.Housekeeping.BatchSize);
    }

    [LoggerMessage(2131, LogLevel.Information, "Housekeeping is left for the next round: {Reason}")]
    private partial void LogSkipped(string reason);
}
