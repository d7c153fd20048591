using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Durable;

namespace Pipelines.Storage.Outbox;

/// <summary>
/// Sends rows, right after their commit or for the relay: never too many at once, each with its time-out, and remembers what became of them.
/// </summary>
internal sealed partial class OutboxSender(
    IOutboxTransport transport, OutboxSweeper sweeper, OutboxSignal signal, PipelinesStorageOptions options, TimeProvider time, ILogger<OutboxSender> logger) : IDisposable
{
    // Sent by this process and not consumed yet; asked only when the transport keeps messages in memory.
    private readonly ConcurrentDictionary<Guid, bool> _inMemory = new();
    private readonly ConcurrentQueue<Guid> _failed = new();
    private readonly SemaphoreSlim _slots = new(options.Outbox.ConcurrentSends);
    private long _lastFailure;
    private long _lastTimeout;
    private long _delivered;

    /// <summary>This process, among all that ever had messages of this database in their memory.</summary>
    public Guid Incarnation { get; } = Guid.NewGuid();

    public bool TransportKeepsMessages => options.Transport.KeepsMessages;

    /// <summary>Before the bus runs, whatever is committed is the relay's.</summary>
    public bool BusRuns { get; set; }

    /// <summary>How many messages were delivered to the transport; the watchdog looks whether it moves.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Writes into a row when and by whom it may be sent, before it is stored.</summary>
    /// <param name="relayedFrom">Set when it is left to the relays, from then on.</param>
    public void Stamp(OutboxMessage message, DateTimeOffset now, DateTimeOffset? relayedFrom = null)
    {
        if (message.DueAt is { } dueAt)
        {
            message.VisibleAt = dueAt;
        }
        else if (relayedFrom is not null || !BusRuns || FailedJustNow)
        {
            message.VisibleAt = relayedFrom ?? now;
            message.LeftToRelay = true;
        }
        else
        {
            message.VisibleAt = LeaseUntil(now);
            message.SentBy = Incarnation;
            message.SentAt = TransportKeepsMessages ? null : now;
        }
    }

    /// <summary>
    /// A broker's row comes back when the lease runs out. A row whose message is in this process's memory comes back when the next
    /// process starts: it is marked, so that the relay leaves it alone for ever.
    /// </summary>
    public DateTimeOffset LeaseUntil(DateTimeOffset now) => TransportKeepsMessages ? now + options.Outbox.Lease : DateTimeOffset.MaxValue;

    /// <summary>Sends what this process has just committed. Never throws: what could not be sent is the relay's.</summary>
    public async Task SendCommittedAsync(IReadOnlyList<OutboxMessage> messages)
    {
        foreach (var message in messages)
        {
            if (message.DueAt is not null || message.LeftToRelay)
            {
                signal.DueAt(message.VisibleAt);
            }
        }

        var now = messages.Where(message => message.DueAt is null && !message.LeftToRelay).ToList();
        // In order where that is cheap; at once where each waits for a broker's confirm.
        var sends = TransportKeepsMessages && now.Count > 1 ? options.Outbox.ConcurrentSends : 1;
        await Parallel.ForEachAsync(now, new ParallelOptions { MaxDegreeOfParallelism = sends }, async (message, _) =>
            await TrySendAsync(message.Destination, message.MessageId, message.Envelope, message.Body, message.Consumers));
    }

    /// <returns>Whether the transport has taken it.</returns>
    public async Task<bool> TrySendAsync(Uri destination, Guid messageId, Envelope envelope, byte[] body, int consumers, Func<bool>? unless = null)
    {
        await _slots.WaitAsync();
        if (unless?.Invoke() == true)
        {
            _slots.Release();
            _failed.Enqueue(messageId);
            return false;
        }

        var staysInMemory = !TransportKeepsMessages && consumers > 0;
        try
        {
            using var timeout = new CancellationTokenSource(options.Outbox.SendTimeout, time);
            if (staysInMemory)
            {
                // Before the send, because the consumer may be faster than we are.
                _inMemory[messageId] = true;
            }

            CrashPoint.Here("send.before", KindOf(envelope));
            // A wedged client may not even listen to the token, nor give the thread back; and what follows is not run on its threads, under its locks.
            await Task.Run(() => transport.SendAsync(destination, messageId, envelope, body, timeout.Token), timeout.Token).WaitAsync(timeout.Token);
            await Task.Yield();
            CrashPoint.Here("send.after", KindOf(envelope));
            Interlocked.Increment(ref _delivered);
            if (!staysInMemory)
            {
                sweeper.Delete(messageId);
            }

            return true;
        }
        catch (Exception e)
        {
            await Task.Yield();
            _inMemory.TryRemove(messageId, out bool _);
            Interlocked.Exchange(ref _lastFailure, time.GetTimestamp());
            if (e is OperationCanceledException or TimeoutException)
            {
                Interlocked.Exchange(ref _lastTimeout, time.GetTimestamp());
            }

            _failed.Enqueue(messageId);
            signal.DueAt(time.GetUtcNow());
            LogNotSent(e, messageId, destination, e.Message);
            return false;
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>A consumer has committed: the message needs no memory any more.</summary>
    public void Settled(Guid messageId) => _inMemory.TryRemove(messageId, out bool _);

    public bool IsInMemory(Guid messageId) => _inMemory.ContainsKey(messageId);

    /// <summary>Whether a send has run into its time-out since then: the next ones would too.</summary>
    public bool HangsSince(long timestamp) => Interlocked.Read(ref _lastTimeout) > timestamp;

    /// <summary>What could not be sent since the last time it was asked.</summary>
    public Guid[] TakeFailed()
    {
        var failed = new List<Guid>();
        while (_failed.TryDequeue(out var messageId))
        {
            failed.Add(messageId);
        }

        return [.. failed];
    }

    public void Dispose() => _slots.Dispose();

    // While the broker is away nobody should wait for the time-out of every send: the relay tries, the others go on.
    public bool FailedJustNow => Interlocked.Read(ref _lastFailure) is var at && at != 0 && time.GetElapsedTime(at) < options.Outbox.RetryAfter;

    private static string? KindOf(Envelope envelope) => envelope.MessageTypes.FirstOrDefault()?.Split(':')[^1];

    [LoggerMessage(2101, LogLevel.Warning, "Message {MessageId} to {Destination} was not sent and stays in the outbox: {Reason}")]
    private partial void LogNotSent(Exception e, Guid messageId, Uri destination, string reason);
}
