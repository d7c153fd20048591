using Pipelines.Service.Wiring;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Webhooks;

namespace Pipelines.Service.Outbound;

/// <summary>
/// Sends what is due, in every process. Many at once, few of one subscriber, and one of a subscriber who fails: who is slow takes the places of nobody else.
/// A delivery is claimed for longer than a try may take; who dies with it loses the claim, and it is sent again under its id.
/// </summary>
internal sealed partial class WebhookDispatcher(
    WebhookDeliveries deliveries, WebhookClient client, WebhookBell bell, OutboundSettings settings, IStorageReadiness storage, PromotionMetrics metrics, TimeProvider time,
    ILogger<WebhookDispatcher> logger) : BackgroundService
{
    /// <summary>A place costs little: it mostly waits.</summary>
    private const int AtOnce = 256;

    private const int Each = 4;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, int> _underWay = [];
    private readonly Dictionary<ClaimedDelivery, Task> _tries = new(ReferenceEqualityComparer.Instance);

    /// <summary>How long a claim holds: a try, and the note of it.</summary>
    private TimeSpan Lease => settings.Timeout + Margin;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var down = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await storage.WhenReadyAsync(stoppingToken);
                await TakeAsync(stoppingToken);
                down = false;
                await bell.WaitAsync(Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                if (!down)
                {
                    LogDown(e.Message);
                    down = true;
                }

                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await IdleAsync();
    }

    /// <summary>Claims what is due and there is a place for, and begins to send it.</summary>
    /// <returns>How many were begun.</returns>
    internal async Task<int> TakeAsync(CancellationToken stoppingToken)
    {
        int free;
        Dictionary<Guid, int> underWay;
        lock (_lock)
        {
            free = AtOnce - _tries.Count;
            underWay = new(_underWay);
        }

        if (free <= 0)
        {
            return 0;
        }

        var since = time.GetTimestamp();
        var claimed = await deliveries.ClaimAsync(free, Each, underWay, Lease, stoppingToken);
        foreach (var delivery in claimed)
        {
            lock (_lock)
            {
                _underWay[delivery.SubscriptionId] = _underWay.GetValueOrDefault(delivery.SubscriptionId) + 1;
                _tries[delivery] = Task.Run(() => TryAsync(delivery, since, stoppingToken), CancellationToken.None);
            }
        }

        return claimed.Count;
    }

    /// <summary>Waits until nothing is under way here.</summary>
    internal async Task IdleAsync()
    {
        while (true)
        {
            Task[] left;
            lock (_lock)
            {
                left = [.. _tries.Values];
            }

            if (left.Length == 0)
            {
                return;
            }

            await Task.WhenAll(left);
        }
    }

    private void Leave(ClaimedDelivery delivery)
    {
        lock (_lock)
        {
            _tries.Remove(delivery);
            if (--_underWay[delivery.SubscriptionId] == 0)
            {
                _underWay.Remove(delivery.SubscriptionId);
            }
        }

        bell.Ring();
    }

    private async Task TryAsync(ClaimedDelivery delivery, long since, CancellationToken stoppingToken)
    {
        try
        {
            // A process that was paused and wakes up must not send what another one has claimed since.
            if (time.GetElapsedTime(since) > Margin / 2)
            {
                await GiveBackAsync(delivery);
                return;
            }

            var began = time.GetUtcNow();
            var answer = await client.SendAsync(delivery, stoppingToken);
            await NoteAsync(delivery, began, answer);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await GiveBackAsync(delivery);
        }
        catch (Exception e)
        {
            // The claim runs out, and it is sent again.
            LogNotNoted(delivery.EventId, delivery.SubscriptionId, e.Message);
        }
        finally
        {
            Leave(delivery);
        }
    }

    private async Task NoteAsync(ClaimedDelivery delivery, DateTimeOffset began, WebhookAnswer answer)
    {
        // What was answered is noted although the host stops: else it would be sent once more.
        if (answer is WebhookAnswer.Took { Status: var took })
        {
            metrics.Webhook("delivered");
            if (!await deliveries.DeliveredAsync(delivery, began, took, answer.Body, CancellationToken.None))
            {
                LogLate(delivery.EventId, delivery.SubscriptionId);
            }

            return;
        }

        var failure = FailureOf(delivery, began, answer);
        metrics.Webhook(failure.NextTryAt is null ? "given-up" : "failed");
        switch (await deliveries.FailedAsync(delivery, failure, CancellationToken.None))
        {
            case FailureNoted.Late:
                LogLate(delivery.EventId, delivery.SubscriptionId);
                break;
            case FailureNoted.Disabled:
                metrics.WebhookDisabled();
                LogDisabled(delivery.SubscriptionId, failure.Disables!);
                break;
            default:
                LogFailed(delivery.EventId, delivery.SubscriptionId, delivery.Attempts + 1, failure.Error, failure.NextTryAt);
                break;
        }
    }

    private WebhookFailure FailureOf(ClaimedDelivery delivery, DateTimeOffset began, WebhookAnswer answer)
    {
        if (answer is WebhookAnswer.Gone { Status: var gone })
        {
            const string Reason = "It answered 410: it wants nothing any more.";
            return new WebhookFailure(began, gone, Reason, answer.Body, null, null, Reason, EvenIfOthersCameThrough: true);
        }

        var (status, error, pause) = (WebhookAnswer.Failed)answer;
        var now = time.GetUtcNow();
        // Jitter is no secret.
#pragma warning disable CA5394
        var next = now + RetrySchedule.After(delivery.Attempts + 1, Random.Shared.NextDouble());
#pragma warning restore CA5394
        var quiet = now + pause;
        return new WebhookFailure(
            began, status, error, answer.Body, next < quiet ? quiet : next, quiet,
            next is null ? $"Nothing came through in {delivery.Attempts + 1} tries of {delivery.EventId} over some three days. The last: {error}" : null,
            EvenIfOthersCameThrough: false);
    }

    private async Task GiveBackAsync(ClaimedDelivery delivery)
    {
        try
        {
            await deliveries.ReleaseAsync(delivery, CancellationToken.None);
        }
        catch (Exception e)
        {
            LogNotNoted(delivery.EventId, delivery.SubscriptionId, e.Message);
        }
    }

    [LoggerMessage(3211, LogLevel.Warning, "Webhooks cannot be sent: {Reason} They wait in the database.")]
    private partial void LogDown(string reason);

    [LoggerMessage(3212, LogLevel.Information, "Event {Event} was not taken by webhook {Webhook} on try {Try}: {Reason} Next try: {Next}.")]
    private partial void LogFailed(string @event, Guid webhook, int @try, string reason, DateTimeOffset? next);

    [LoggerMessage(3213, LogLevel.Warning, "Webhook {Webhook} is disabled: {Reason}")]
    private partial void LogDisabled(Guid webhook, string reason);

    [LoggerMessage(3214, LogLevel.Warning, "What became of event {Event} for webhook {Webhook} came too late to be noted: another process has claimed it since, and it is sent again.")]
    private partial void LogLate(string @event, Guid webhook);

    [LoggerMessage(3215, LogLevel.Warning, "What became of event {Event} for webhook {Webhook} could not be noted, and it is sent again: {Reason}")]
    private partial void LogNotNoted(string @event, Guid webhook, string reason);
}
