using MassTransit;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Storage.Outbox;

namespace Pipelines.Storage.Hosting;

/// <summary>
/// Starts and stops the bus, and starts it again when it delivers nothing, or says itself that it is not well, although its broker answers others: hundreds of
/// publishes that waited for confirms when a connection died have been seen to wedge a client for ever, and endpoints not to come back after their broker did.
/// Whatever it does, the messages are in the outbox, or in the broker's queues.
/// </summary>
internal sealed partial class BusKeeper(
    IServiceProvider services, OutboxRelay relay, OutboxSender sender, StorageMetrics metrics, PipelinesStorageOptions options, TimeProvider time, ILogger<BusKeeper> logger)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(20);

    private IBusDepot? _buses;
    private long? _illSince;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<IBusDepot>() is { } buses)
        {
            _buses = buses;
            await buses.Start(cancellationToken);
            sender.BusRuns = true;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        sender.BusRuns = false;
        if (_buses is not null)
        {
            await _buses.Stop(cancellationToken);
        }
    }

    public async Task TendAsync(CancellationToken cancellationToken)
    {
        // A message that nobody can send looks the same as a bus that sends none, so each try that did not help makes the next one rarer.
        var pause = options.Outbox.WedgedAfter;
        using var timer = new PeriodicTimer(Look, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var (mute, ill) = (relay.StuckFor, IllFor());
            var stuck = mute > ill ? mute : ill;
            if (stuck == TimeSpan.Zero)
            {
                pause = options.Outbox.WedgedAfter;
            }
            else if (stuck >= pause && options.Transport.BrokerAnswers is { } asks && await asks(cancellationToken))
            {
                await StartAgainAsync(stuck, cancellationToken);
                pause = stuck + (pause * 2 is var longer && longer < LongestPause ? longer : LongestPause);
            }
        }
    }

    /// <summary>For how long the bus, or one of its endpoints, has said that it is not connected.</summary>
    private TimeSpan IllFor()
    {
        var well = services.GetServices<IBusInstance>().All(bus => bus.BusControl.CheckHealth().Status == BusHealthStatus.Healthy);
        _illSince = well ? null : _illSince ?? time.GetTimestamp();
        return _illSince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;
    }

    private async Task StartAgainAsync(TimeSpan stuck, CancellationToken cancellationToken)
    {
        LogStartsAgain(stuck.TotalSeconds);
        try
        {
            sender.BusRuns = false;
            using (var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
            {
                patience.CancelAfter(StopWithin);
                await _buses!.Stop(patience.Token).WaitAsync(StopWithin + Look, time, cancellationToken);
            }

            await _buses.Start(cancellationToken);
            metrics.BusRestarted();
            _illSince = null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotAgain(e, e.Message);
        }
        finally
        {
            sender.BusRuns = true;
        }
    }

    [LoggerMessage(2321, LogLevel.Warning, "The bus has delivered nothing, or was not connected with all its queues, for {Seconds:0} s although its broker answers. It is started again.")]
    private partial void LogStartsAgain(double seconds);

    [LoggerMessage(2322, LogLevel.Error, "The bus could not be started again: {Reason} It is tried again later; a restart of this process loses nothing.")]
    private partial void LogNotAgain(Exception e, string reason);
}
