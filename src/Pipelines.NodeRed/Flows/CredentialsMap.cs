using System.Text.Json;

namespace Pipelines.NodeRed.Flows;

/// <summary>
/// Secrets that go with flows: node id, field, secret. Node-RED never gives them out, and forgets those of a node that a deploy
/// removes; so whoever wants them back after a rollback has to hold them.
/// </summary>
public sealed class CredentialsMap
{
    public const string Marker = "pipelines-marker";

    public static readonly CredentialsMap Empty = new([]);
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _nodes = new(StringComparer.Ordinal);

    public CredentialsMap(IEnumerable<KeyValuePair<string, IReadOnlyDictionary<string, string>>> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        foreach (var (id, fields) in nodes)
        {
            // Node-RED reads the key "$" as "all credentials, encrypted", holds them in memory only, and a wrong key empties its store.
            if (id == "$")
            {
                throw new ArgumentException("'$' is not a node id. Encrypted credentials are not supported: give the fields of each node.", nameof(nodes));
            }
            if (id == Marker)
            {
                throw new ArgumentException($"'{Marker}' is the engine's own mark, not a node id.", nameof(nodes));
            }
            _nodes[id] = new SortedDictionary<string, string>(fields.ToDictionary(), StringComparer.Ordinal);
        }
    }

    public bool IsEmpty => _nodes.Count == 0;

    public IReadOnlyCollection<string> NodeIds => _nodes.Keys;

    public bool Holds(string nodeId) => _nodes.ContainsKey(nodeId);

    /// <summary>Those of the nodes that exist in <paramref name="flows"/>: Node-RED would store the others too, unseen.</summary>
    public CredentialsMap For(FlowSet flows)
    {
        ArgumentNullException.ThrowIfNull(flows);
        return new CredentialsMap(_nodes.Where(node => flows.Contains(node.Key))
            .Select(node => KeyValuePair.Create(node.Key, (IReadOnlyDictionary<string, string>)node.Value)));
    }

    /// <summary>Says how many, never which.</summary>
    public override string ToString() => $"credentials of {_nodes.Count} nodes (redacted)";

    // Posted credentials that are all known to Node-RED already make it write what it had loaded when it booted: old ones, or the
    // present ones in clear text (credentials.js, add and export; seen in 4.1.15). An id that no node has is always news, since
    // Node-RED drops it with the next deploy.
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(
        new SortedDictionary<string, SortedDictionary<string, string>>(_nodes, StringComparer.Ordinal)
        {
            [Marker] = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["written"] = "true" },
        });
}
