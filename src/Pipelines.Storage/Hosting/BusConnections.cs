using System.Collections.Concurrent;
using MassTransit;

namespace Pipelines.Storage.Hosting;

/// <summary>
/// Knows which endpoints have come back since the bus connected anew. The client can lose a connection without telling the consumers on it: a publish that was under way makes it
/// stumble over a channel that is gone already. The bus then calls itself healthy and sends over a new connection, while nobody consumes.
/// </summary>
public sealed class BusConnections : IReceiveEndpointObserver
{
    private readonly ConcurrentDictionary<Uri, long> _readyAt = new();
    private long _connections;

    /// <summary>How often it was about to connect.</summary>
    internal long Connections => Interlocked.Read(ref _connections);

    /// <summary>Told by the transport whenever it is about to connect with its broker: whatever was there before is gone.</summary>
    public void Connecting() => Interlocked.Increment(ref _connections);

    public Task Ready(ReceiveEndpointReady ready)
    {
        ArgumentNullException.ThrowIfNull(ready);
        _readyAt[ready.InputAddress] = Connections;
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;

    /// <summary>What is wrong, or null.</summary>
    internal string? Complaint()
    {
        var now = Connections;
        var missing = _readyAt.Where(endpoint => endpoint.Value != now).Select(endpoint => endpoint.Key.AbsolutePath.Trim('/')).Order(StringComparer.Ordinal).ToList();
        return missing.Count == 0 ? null : $"not back since it connected again: {string.Join(", ", missing)}";
    }
}
