using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Triggers.Schedules;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Hosting;

namespace Pipelines.Storage.Schedules;

/// <summary>Waits for the next time, in every process. Those for which others are asked have a loop of their own, so that a slow instance delays nobody else.</summary>
internal sealed partial class ScheduleLoop(
    ScheduleKeeper keeper, ScheduleStarter starter, Outside outside, IStorageReadiness storage, PipelinesStorageOptions options, TimeProvider time, ILogger<ScheduleLoop> logger)
    : BackgroundService
{
    /// <summary>One that is due and was not taken is in another process's hands this very moment.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await storage.WhenReadyAsync(stoppingToken);
            Activity.Current = null;
            await Task.WhenAll(
                RunAsync(alone: false, starter.StartTogetherAsync, stoppingToken),
                RunAsync(alone: true, async (book, token) => await starter.StartWaitingAsync(book, token) + await starter.StartAloneAsync(book, token), stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It stops, perhaps before it was ever ready.
        }
    }

    private async Task RunAsync(bool alone, Func<ScheduleBook, CancellationToken, Task<int>> start, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var book = await keeper.BookAsync(cancellationToken);
                starter.Use(book);
                if (await start(book, cancellationToken) == 0)
                {
                    await Task.Delay(await PauseAsync(alone, cancellationToken), time, cancellationToken);
                }
            }
            catch (Exception e) when (PostgresTrouble.IsAbsence(e) && !cancellationToken.IsCancellationRequested)
            {
                LogDatabaseAway(e.Message);
                await Task.Delay(options.Schedules.Poll, time, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Whatever it was, the rows stand where they stood.
                LogFailed(e);
                await Task.Delay(options.Outbox.RetryAfter, time, cancellationToken);
            }
        }
    }

    private async Task<TimeSpan> PauseAsync(bool alone, CancellationToken cancellationToken)
    {
        var due = await outside.QuerySingleOrDefaultAsync<DateTimeOffset?>(ScheduleSql.NextDue, new { alone, strange = starter.Strange }, cancellationToken);
        var pause = due is { } at ? at - time.GetUtcNow() : options.Schedules.Poll;
        return pause > options.Schedules.Poll ? options.Schedules.Poll : pause < Soon ? Soon : pause;
    }

    [LoggerMessage(2346, LogLevel.Warning, "Schedules wait for PostgreSQL: {Reason}")]
    private partial void LogDatabaseAway(string reason);

    [LoggerMessage(2347, LogLevel.Error, "The schedules stumbled and go on.")]
    private partial void LogFailed(Exception e);
}
