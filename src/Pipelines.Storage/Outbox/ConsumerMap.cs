using System.Collections.Concurrent;
using MassTransit;

namespace Pipelines.Storage.Outbox;

/// <summary>
/// Which consumers of this process hear which message on which endpoint. With messages in memory only, a row may go when the last of
/// them has committed, and a message that nobody hears needs no row once it is sent.
/// </summary>
internal sealed class ConsumerMap
{
    private readonly ConcurrentDictionary<(string Endpoint, string Consumer), string> _messages = new();
    private readonly ConcurrentDictionary<string, bool> _endpoints = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<(string Endpoint, string Types), int> _counted = new();

    /// <returns>The consumer's name in the inbox.</returns>
    public string Add<TMessage>(Uri inputAddress, string consumer)
        where TMessage : class
    {
        var endpoint = NameOf(inputAddress);
        var name = $"{endpoint}/{consumer}/{typeof(TMessage).Name}";
        _endpoints[endpoint] = true;
        _messages[(endpoint, name)] = MessageUrn.ForTypeString<TMessage>();
        _counted.Clear();
        return name;
    }

    /// <summary>A queue's own consumers when it was sent, everybody's when it was published.</summary>
    public int CountFor(Uri? destination, IEnumerable<string> messageTypes)
    {
        var endpoint = destination is null ? "" : NameOf(destination);
        return _counted.GetOrAdd((endpoint, string.Join(';', messageTypes)), key => Count(key.Endpoint, key.Types.Split(';')));
    }

    private int Count(string endpoint, string[] types)
    {
        var sent = _endpoints.ContainsKey(endpoint);
        return _messages.Count(entry => types.Contains(entry.Value) && (!sent || string.Equals(entry.Key.Endpoint, endpoint, StringComparison.OrdinalIgnoreCase)));
    }

    private static string NameOf(Uri address)
    {
        var path = address.AbsolutePath.TrimEnd('/');
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }
}
