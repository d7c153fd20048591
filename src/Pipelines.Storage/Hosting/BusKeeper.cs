using MassTransit;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Storage.Outbox;

namespace Pipelines.Storage.Hosting;

/// <summary>
/// Starts and stops the bus, and starts it again when it delivers nothing, or says itself that it is not well, although its broker answers others: hundreds of
/// publishes that waited for confirms when a connection died have been seen to wedge a client for ever, and endpoints not to come back after their broker did, whether the bus
/// noticed (<see cref="BusHealthStatus"/>) or not (<see cref="BusConnections"/>).
/// Whatever it does, the messages are in the outbox, or in the broker's queues.
/// </summary>
internal sealed partial class BusKeeper(
    IServiceProvider services, BusConnections connections, OutboxRelay relay, OutboxSender sender, StorageMetrics metrics, PipelinesStorageOptions options, TimeProvider time, ILogger<BusKeeper> logger)
{
    private const int HangsBeforeTheEnd = 3;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(30);

    private IBusDepot? _buses;
    private long? _unwellSince;
    private long? _answersSince;
    private int _hangs;

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
        var tries = 0;
        using var timer = new PeriodicTimer(Look, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var (mute, (unwell, complaint)) = (relay.StuckFor, Unwell());
            if (mute == TimeSpan.Zero && unwell == TimeSpan.Zero)
            {
                (tries, _answersSince) = (0, null);
            }
            else if (options.Transport.BrokerAnswers is { } asks && await asks(cancellationToken))
            {
                // While the broker was away, nobody could be well; and the bus has to have had time to find it again by itself.
                var answered = time.GetElapsedTime(_answersSince ??= time.GetTimestamp());
                if (Lasts(mute, answered, options.Outbox.WedgedAfter, tries) || Lasts(unwell, answered, options.Transport.UnwellAfter, tries))
                {
                    await StartAgainAsync(answered, complaint, cancellationToken);
                    (tries, _answersSince) = (tries + 1, null);
                }
            }
            else
            {
                _answersSince = null;
            }
        }
    }

    private static bool Lasts(TimeSpan trouble, TimeSpan answered, TimeSpan patience, int tries)
    {
        var longer = patience * Math.Pow(2, Math.Min(tries, 10));
        return trouble > TimeSpan.Zero && (trouble < answered ? trouble : answered) >= (longer < LongestPause ? longer : LongestPause);
    }

    /// <summary>For how long the bus, or one of its endpoints, has not been connected, and what is said of it.</summary>
    private (TimeSpan For, string Complaint) Unwell()
    {
        var complaint = services.GetServices<IBusInstance>().Select(bus => bus.BusControl.CheckHealth()).FirstOrDefault(health => health.Status != BusHealthStatus.Healthy)?.Description
            ?? connections.Complaint();
        _unwellSince = complaint is null ? null : _unwellSince ?? time.GetTimestamp();
        return _unwellSince is { } since ? (time.GetElapsedTime(since), complaint!) : (TimeSpan.Zero, "nothing is wrong");
    }

    private async Task StartAgainAsync(TimeSpan answered, string complaint, CancellationToken cancellationToken)
    {
        LogStartsAgain(answered.TotalSeconds, complaint);
        try
        {
            sender.BusRuns = false;
            if (await IsStoppedAsync(cancellationToken))
            {
                _hangs = 0;
                LetThemStart();
            }
            else if (++_hangs >= HangsBeforeTheEnd)
            {
                // Nothing is lost with this process, and without its end everything waits for a human.
                throw new BusHangsException($"The bus hangs and did not stop within {StopWithin.TotalSeconds:0} s, {_hangs} times. This process ends for its supervisor to start it again; nothing is lost.");
            }

            // One that did not stop takes up its endpoints as they are, and can be stopped later.
            await _buses!.Start(cancellationToken);
            metrics.BusRestarted();
            _unwellSince = null;
        }
        catch (Exception e) when (e is not BusHangsException && !cancellationToken.IsCancellationRequested)
        {
            LogNotAgain(e, e.Message);
        }
        finally
        {
            sender.BusRuns = true;
        }
    }

    private async Task<bool> IsStoppedAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StopWithin);
        try
        {
            // It says nothing when its time is over.
            await _buses!.Stop(patience.Token).WaitAsync(StopWithin + Look, time, cancellationToken);
            return !patience.IsCancellationRequested;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// The library starts only endpoints whose end it saw, and one that was stopped while it waited to connect again never says that it has ended: it would be without its queue
    /// from then on.
    /// </summary>
    private void LetThemStart()
    {
        foreach (var endpoint in services.GetServices<IBusInstance>().SelectMany(bus => bus.BusControl.CheckHealth().Endpoints.Values))
        {
            if (endpoint.ReceiveEndpoint is ReceiveEndpoint stopped)
            {
                stopped.CurrentState = ReceiveEndpoint.State.Completed;
            }
        }
    }

    [LoggerMessage(2321, LogLevel.Warning, "The bus delivers nothing, or is not connected with all its queues, although its broker has answered for {Seconds:0} s; what is said: {Complaint}. It is started again.")]
    private partial void LogStartsAgain(double seconds, string complaint);

    [LoggerMessage(2322, LogLevel.Error, "The bus could not be started again: {Reason} It is tried again later; a restart of this process loses nothing.")]
    private partial void LogNotAgain(Exception e, string reason);
}

/// <summary>The bus can neither go on nor be stopped; only the end of the process helps.</summary>
internal sealed class BusHangsException(string message) : Exception(message);
