using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Feed;
using Pipelines.Storage.Migrations;
using Pipelines.Storage.Outbox;

namespace Pipelines.Storage.Hosting;

/// <summary>
/// The order of a start: wait for PostgreSQL, migrate, make sure of being alone if need be, start the bus, relay. In the background, so that
/// /health/ready can say meanwhile what is missing. At the end the bus stops first, while its consumers can still commit.
/// </summary>
internal sealed partial class DurableHost(
    MigrationRunner migrations, ProcessLock processLock, OutboxRelay relay, OutboxSweeper sweeper, BusKeeper bus, Housekeeping housekeeping, Watchdog watchdog,
    NpgsqlDataSource dataSource, PipelinesStorageOptions options, StorageReadiness readiness, TimeProvider time, ILogger<DurableHost> logger) : BackgroundService
{
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await bus.StopAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
        await processLock.DisposeAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Yield();
            await PersistAsync("PostgreSQL", migrations.RunAsync, stoppingToken);
            await PersistAsync("the lock on the database", processLock.TakeAsync, stoppingToken);
            await PersistAsync("the feed", token => FeedStore.RegisterAsync(dataSource, options.FeedReaders, time, token), stoppingToken);
            await PersistAsync("the outbox", relay.ReleaseLeftoversAsync, stoppingToken);
            readiness.Report(StorageState.Waiting("Waiting for the bus to start."));
            await bus.StartAsync(stoppingToken);
            readiness.Report(StorageState.Ready);
            await RunLoopsAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            // The host stops on this, and says why: a changed migration, a second process in memory, a bus that cannot be configured.
            readiness.Report(StorageState.Waiting(e.Message));
            LogStopped(e, e.Message);
            throw;
        }
    }

    // All run until the end; the first that fails ends the others.
    private async Task RunLoopsAsync(CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task[] loops =
        [
            relay.RunAsync(ended.Token), sweeper.RunAsync(ended.Token), bus.TendAsync(ended.Token), watchdog.RunAsync(ended.Token),
            housekeeping.RunAsync(ended.Token), processLock.KeepAsync(ended.Token),
        ];
        await Task.WhenAny(loops);
        await ended.CancelAsync();
        await Task.WhenAll(loops);
    }

    private async Task PersistAsync(string what, Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                readiness.Report(StorageState.Waiting($"Waiting for {what}."));
                await step(cancellationToken);
                return;
            }
            catch (Exception e) when (PostgresTrouble.IsAbsence(e))
            {
                readiness.Report(StorageState.Waiting($"Waiting for {what}: {e.Message}"));
                LogWaiting(what, attempt, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(attempt, 5)), time, cancellationToken);
            }
        }
    }

    [LoggerMessage(2151, LogLevel.Warning, "Waiting for {What} (attempt {Attempt}): {Reason}")]
    private partial void LogWaiting(string what, int attempt, string reason);

    [LoggerMessage(2152, LogLevel.Critical, "The storage stops: {Reason}")]
    private partial void LogStopped(Exception e, string reason);
}
