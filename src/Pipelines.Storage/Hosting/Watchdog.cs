using System.Diagnostics;
using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Outbox;
using Pipelines.Storage.Sagas;

namespace Pipelines.Storage.Hosting;

/// <summary>
/// Finds what makes no progress and drives it on: a saga past its deadline whose timer is gone, and a promotion that no conductor knows. Neither should
/// happen; a timer that was set aside as a dead letter is how it does. Any process may do it: rows are taken with skip locked, and waking twice is harmless.
/// </summary>
internal sealed partial class Watchdog(
    IServiceScopeFactory scopes, IEnumerable<ISagaWaker> wakers, OutboxSender sender, StorageMetrics metrics, PipelinesStorageOptions options, TimeProvider time,
    ILogger<Watchdog> logger)
{
    private const int AtOnce = 100;

    // Stages are parts of a promotion from 0 on.
    private const int BeginningPart = -1;

    private static readonly string Overdue = Query.Load("watch/overdue");
    private static readonly string Driven = Query.Load("watch/driven");
    private static readonly string Unbegun = Query.Load("watch/unbegun");
    private static readonly string Tell = Query.Load("promotions/tell");

    private readonly Dictionary<string, ISagaWaker> _wakers = wakers.ToDictionary(waker => waker.Machine, StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Activity.Current = null;
        using var timer = new PeriodicTimer(options.Watchdog.Every, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                // While the broker is away nothing moves for a known reason, and every wake would only wait in line with the rest.
                if (sender.BusRuns && !sender.FailedJustNow)
                {
                    await LookAsync(cancellationToken);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogSkipped(e.Message);
            }
        }
    }

    /// <returns>How many were driven on.</returns>
    internal async Task<int> LookAsync(CancellationToken cancellationToken)
    {
        if (_wakers.Count == 0)
        {
            return 0;
        }

        var driven = 0;
        int some;
        do
        {
            some = await WakeSomeAsync(cancellationToken);
            driven += some;
        }
        while (some == AtOnce);
        return driven + await BeginSomeAsync(cancellationToken);
    }

    private async Task<int> WakeSomeAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        var bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
        var now = time.GetUtcNow();
        var rows = await unit.QueryAsync<OverdueRow>(
            Overdue, new { now, before = now - options.Watchdog.Patience, again_seconds = options.Watchdog.AgainAfter.TotalSeconds, limit = AtOnce }, cancellationToken);
        foreach (var row in rows)
        {
            unit.Later(Driven, new { saga = row.Saga, correlation_id = row.CorrelationId, now });
            await WakeAsync(row, unit, bus, now, cancellationToken);
        }

        await unit.CommitAsync(cancellationToken);
        return rows.Count;
    }

    private async Task WakeAsync(OverdueRow row, UnitOfWork unit, IPublishEndpoint bus, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!_wakers.TryGetValue(row.Saga, out var waker))
        {
            LogStranger(row.Saga, row.CorrelationId);
            return;
        }

        try
        {
            var (message, promotion) = waker.WakeUp(row.CorrelationId, row.CurrentState, row.DeadlineAt, row.Body);
            await bus.Publish(message, message.GetType(), cancellationToken);
            var data = StoredJson.Of(new { Machine = row.Saga, State = row.CurrentState, row.DeadlineAt, Times = row.Driven + 1 });
            unit.Later(Tell, new { id = promotion, now, type = "driven-on", data });
            metrics.DrivenOn(row.Saga);
            LogDriven(row.Saga, row.CorrelationId, promotion, row.CurrentState, (now - row.DeadlineAt).TotalSeconds);
        }
        catch (JsonException e)
        {
            LogUnreadable(row.Saga, row.CorrelationId, e.Message);
        }
    }

    private async Task<int> BeginSomeAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        var bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
        var rows = await unit.QueryAsync<UnbegunRow>(Unbegun, new { before = time.GetUtcNow() - options.Watchdog.BeginPatience, limit = AtOnce }, cancellationToken);
        foreach (var row in rows)
        {
            // One id for as long as the promotion has not begun: the inbox swallows what the conductor has heard meanwhile.
            await bus.Publish(
                new PromotionAccepted(row.Id, row.Pipeline, row.RequestedBy), context => context.MessageId = DeterministicId.Of(row.Id, BeginningPart), cancellationToken);
            metrics.DrivenOn("promotion");
            LogBegun(row.Id, row.Pipeline);
        }

        await unit.CommitAsync(cancellationToken);
        return rows.Count;
    }

    private sealed record OverdueRow
    {
        public string Saga { get; init; } = "";

        public Guid CorrelationId { get; init; }

        public string CurrentState { get; init; } = "";

        public DateTimeOffset DeadlineAt { get; init; }

        public string Body { get; init; } = "";

        public int Driven { get; init; }
    }

    private sealed record UnbegunRow
    {
        public Guid Id { get; init; }

        public string Pipeline { get; init; } = "";

        public string RequestedBy { get; init; } = "";
    }

    [LoggerMessage(2311, LogLevel.Warning, "{Machine} {Id} of promotion {Promotion} was {State} for {Seconds:0} s past its deadline and is driven on. Its timer was lost: look at GET /dead-letters.")]
    private partial void LogDriven(string machine, Guid id, Guid promotion, string state, double seconds);

    [LoggerMessage(2312, LogLevel.Warning, "Promotion {Promotion} of {Pipeline} was accepted and had not begun; it begins now. Look at GET /dead-letters for why.")]
    private partial void LogBegun(Guid promotion, string pipeline);

    [LoggerMessage(2313, LogLevel.Warning, "{Machine} {Id} is past its deadline, and this version knows no such machine. Run a version that does.")]
    private partial void LogStranger(string machine, Guid id);

    [LoggerMessage(2314, LogLevel.Error, "{Machine} {Id} is past its deadline and cannot be read: {Reason}")]
    private partial void LogUnreadable(string machine, Guid id, string reason);

    [LoggerMessage(2315, LogLevel.Information, "The watchdog looks again in the next round: {Reason}")]
    private partial void LogSkipped(string reason);
}
