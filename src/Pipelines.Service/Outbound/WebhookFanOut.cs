using Pipelines.Engine.Feed;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Webhooks;

namespace Pipelines.Service.Outbound;

/// <summary>Makes a delivery of each event for each subscriber who wants to hear it, in the transaction that goes by it in the feed. Of all processes one at a time does it.</summary>
internal sealed partial class WebhookFanOut(
    IServiceScopeFactory scopes, IStorageReadiness storage, WebhookDeliveries deliveries, WebhookBell bell, TimeProvider time, ILogger<WebhookFanOut> logger) : BackgroundService
{
    private const int Batch = 200;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var down = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await storage.WhenReadyAsync(stoppingToken);
                var dealt = await DealAsync(stoppingToken);
                down = false;
                if (dealt < Batch)
                {
                    await Task.Delay(Poll, time, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was, nothing has moved: it begins again from the last position.
                if (!down)
                {
                    LogDown(e.Message);
                    down = true;
                }

                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    internal async Task<int> DealAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        var dealt = await scope.ServiceProvider.GetRequiredService<IFeed>().TakeAsync(
            FeedReaders.Webhooks,
            Batch,
            (events, _) =>
            {
                deliveries.FanOut(unit, events);
                return Task.CompletedTask;
            },
            cancellationToken);
        if (dealt > 0)
        {
            bell.Ring();
        }

        return dealt;
    }

    [LoggerMessage(3210, LogLevel.Warning, "Webhook deliveries cannot be made: {Reason} The events wait in the feed.")]
    private partial void LogDown(string reason);
}
