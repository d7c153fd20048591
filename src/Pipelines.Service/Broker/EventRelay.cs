using Pipelines.Engine.Durable;
using Pipelines.Engine.Feed;
using Pipelines.Storage.Hosting;
using RabbitMQ.Client;

namespace Pipelines.Service.Broker;

/// <summary>
/// Publishes the feed on the broker: at least once, in order per promotion. Of all processes one at a time does it. An event counts as published when the
/// broker has confirmed it; who dies between the confirm and the note publishes it again, under the same id.
/// </summary>
internal sealed partial class EventRelay(
    BrokerLink broker, IServiceScopeFactory scopes, IStorageReadiness storage, TimeProvider time, ILogger<EventRelay> logger) : BackgroundService
{
    private const int Batch = 200;

    /// <summary>Promotions whose events are on their way at the same time; within one each waits for the one before it.</summary>
    private const int Lanes = 16;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Well within the time after which another process takes over.</summary>
    private static readonly TimeSpan BatchTakes = FeedReaders.Patience / 2;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var down = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await storage.WhenReadyAsync(stoppingToken);
                await using var connection = await broker.ConnectAsync("pipelines events", stoppingToken);
                await using var channel = await connection.CreateChannelAsync(
                    new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stoppingToken);
                await Topology.DeclareEventsAsync(channel, stoppingToken);
                if (down)
                {
                    LogUp();
                    down = false;
                }

                while (true)
                {
                    if (await PassOnAsync(channel, stoppingToken) < Batch)
                    {
                        await Task.Delay(Poll, time, stoppingToken);
                    }
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was, nothing has moved: it begins again from the last position, on a new connection.
                if (!down)
                {
                    LogDown(e.Message);
                    down = true;
                }
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<int> PassOnAsync(IChannel channel, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var feed = scope.ServiceProvider.GetRequiredService<IFeed>();
        return await feed.TakeAsync(
            FeedReaders.Bus,
            Batch,
            async (events, token) =>
            {
                var since = time.GetTimestamp();
                using var patience = new CancellationTokenSource(BatchTakes, time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, token);
                await Parallel.ForEachAsync(
                    events.GroupBy(x => x.Subject, StringComparer.Ordinal),
                    new ParallelOptions { MaxDegreeOfParallelism = Lanes, CancellationToken = both.Token },
                    async (promotion, until) =>
                    {
                        foreach (var one in promotion)
                        {
                            // A process that was paused and wakes up must not publish what another one has published since.
                            if (time.GetElapsedTime(since) > BatchTakes)
                            {
                                throw new TimeoutException("Publishing took too long, and another process may be at it.");
                            }

                            CrashPoint.Here("publish.before");
                            await channel.BasicPublishAsync(Topology.Events, one.RoutingKey, mandatory: false, PropertiesOf(one), one.DataJson(), until);
                            CrashPoint.Here("publish.after");
                        }
                    });
            },
            cancellationToken);
    }

    /// <summary>CloudEvents in binary mode: the body is the data, the attributes are headers.</summary>
    private static BasicProperties PropertiesOf(CloudEvent one) => new()
    {
        ContentType = "application/json",
        ContentEncoding = "utf-8",
        DeliveryMode = DeliveryModes.Persistent,
        MessageId = one.Id,
        CorrelationId = one.Subject,
        Type = one.Type,
        AppId = "pipelines",
        Timestamp = new AmqpTimestamp(one.Time.ToUnixTimeSeconds()),
        Headers = CloudEventHeaders.Of(one.Attributes()),
    };

    [LoggerMessage(3201, LogLevel.Warning, "Events cannot be published: {Reason} They wait in the feed, and go out in order when it can be done.")]
    private partial void LogDown(string reason);

    [LoggerMessage(3202, LogLevel.Information, "Events are published again.")]
    private partial void LogUp();
}
