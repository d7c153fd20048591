using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Scripts;

namespace Pipelines.NodeRed.Rules.Reading;

/// <summary>
/// What of the flows runs on a replica, read once for all rules: nodes on tabs, and those of subflows that somebody uses, each once.
/// What is disabled does nothing on any replica, so no rule about replicas looks at it.
/// </summary>
internal sealed class LiveFlows
{
    private const int Many = 200;
    private readonly Dictionary<string, List<FlowNode>> _byType = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<FlowNode>> _instances = new(StringComparer.Ordinal);
    private readonly Dictionary<(int, string), ScriptFacts> _scripts = [];
    private bool _scriptsRead;
    private readonly Lazy<FlowGraph> _graph;
    private readonly Lazy<IReadOnlySet<string>> _usedConfigs;
    private readonly Lazy<IReadOnlySet<int>> _driven;
    private readonly Lazy<IReadOnlyList<int>> _sequences;
    private readonly Lazy<IReadOnlySet<int>> _shared;
    private readonly Lazy<ContextUse> _contextUse;

    public LiveFlows(FlowSet flows)
    {
        Flows = flows;
        Nodes = Live(flows);
        foreach (var node in Nodes)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(_byType, node.Type, out _) ??= []).Add(node);
        }
        Environment = new EnvironmentReader(this);
        _graph = new(() => new FlowGraph(Flows, Nodes));
        _usedConfigs = new(ReadUsedConfigs);
        _driven = new(() => Graph.Reached(Nodes.Where(node => !node.IsConfig && Starts(node))));
        _sequences = new(() => Graph.Depths(Sequences.Change));
        _shared = new(() => Graph.Reached(Nodes.Where(node => !node.IsConfig && Graph.Incoming(node) == 0 && !IsFullSubscription(node))));
        _contextUse = new(() => ContextUse.Of(this));
    }

    public FlowSet Flows { get; }

    public IReadOnlyList<FlowNode> Nodes { get; }

    public EnvironmentReader Environment { get; }

    public FlowGraph Graph => _graph.Value;

    public ContextUse ContextUse => _contextUse.Value;

    public IEnumerable<FlowNode> OfType(params ReadOnlySpan<string> types)
    {
        List<FlowNode>? found = null;
        foreach (var type in types)
        {
            if (_byType.TryGetValue(type, out var nodes))
            {
                (found ??= []).AddRange(nodes);
            }
        }
        found?.Sort((a, b) => a.Index.CompareTo(b.Index));
        return found ?? Enumerable.Empty<FlowNode>();
    }

    public IEnumerable<string> Types => _byType.Keys;

    /// <summary>The running instances of a subflow.</summary>
    public IReadOnlyList<FlowNode> InstancesOf(string definitionId) => _instances.TryGetValue(definitionId, out var nodes) ? nodes : [];

    /// <summary>Config nodes that nobody uses connect to nothing and listen to nobody.</summary>
    public bool IsUsed(FlowNode config) => _usedConfigs.Value.Contains(config.Id);

    public IEnumerable<FlowNode> UsedOfType(params ReadOnlySpan<string> types) => OfType(types).Where(IsUsed).ToList();

    /// <summary>Something other than the start makes the node do its work: a message, a clock, a request.</summary>
    public bool IsDriven(FlowNode node) => _driven.Value.Contains(node.Index);

    /// <summary>Every message that comes to the node is part of a sequence that this replica made of one message.</summary>
    public bool IsFedBySplit(FlowNode node) => _sequences.Value[node.Index] is > 0 && Graph.Incoming(node) > 0;

    /// <summary>All that comes to the node are messages of topics that every replica gets in full.</summary>
    public bool GetsEveryMessage(FlowNode node) => Graph.Incoming(node) > 0 && !_shared.Value.Contains(node.Index);

    public ScriptFacts Script(FlowNode node, string property)
    {
        if (!_scriptsRead)
        {
            _scriptsRead = true;
            ReadScripts();
        }
        ref var facts = ref CollectionsMarshal.GetValueRefOrAddDefault(_scripts, (node.Index, property), out _);
        return facts ??= node.Text(property) is { Length: > 0 } code ? ScriptReader.Read(code) : ScriptFacts.None;
    }

    // Code takes most of the time of a check, and each piece is read by itself.
    private void ReadScripts()
    {
        var code = (from node in OfType("function") from part in FunctionCode.All where node.Text(part) is { Length: > 0 } select (node, part)).ToList();
        var facts = new ScriptFacts[code.Count];
        if (code.Count < Many)
        {
            return;
        }
        Parallel.For(0, code.Count, at => facts[at] = ScriptReader.Read(code[at].node.Text(code[at].part)!));
        for (var at = 0; at < code.Count; at++)
        {
            _scripts[(code[at].node.Index, code[at].part)] = facts[at];
        }
    }

    // "once" without a timer is the start itself.
    private bool Starts(FlowNode node)
    {
        if (node.Type == "inject")
        {
            return !node.IsTrue("once") || Schedules.Of(node) is not null;
        }
        // Nodes of modules may send whenever they like, whatever leads to them.
        return Graph.Incoming(node) == 0 || !CoreNodes.OnlyAnswer.Contains(node.Type) && node.SubflowId is null;
    }

    private bool IsFullSubscription(FlowNode node) =>
        node.Type is "mqtt in" or "ff-mqtt-in" && !Mqtt.IsDynamic(node) && node.Text("topic") is { Length: > 0 } topic
        && Environment.Values(node, topic).All(value => value.Value is { } resolved && !Mqtt.IsShared(resolved));

    private List<FlowNode> Live(FlowSet flows)
    {
        var live = new List<FlowNode>(flows.Running);
        var inside = flows.Nodes.Any(node => node.IsSubflowDefinition)
            ? flows.Nodes.Where(node => node.Z.Length > 0 && !node.Disabled && !node.IsContainer && flows.Find(node.Id) == node).ToLookup(node => node.Z, StringComparer.Ordinal)
            : Enumerable.Empty<FlowNode>().ToLookup(node => node.Z, StringComparer.Ordinal);
        for (var i = 0; i < live.Count; i++)
        {
            if (live[i].SubflowId is { } id && flows.Find(id) is { IsSubflowDefinition: true })
            {
                ref var instances = ref CollectionsMarshal.GetValueRefOrAddDefault(_instances, id, out var known);
                (instances ??= []).Add(live[i]);
                if (!known)
                {
                    live.AddRange(inside[id]);
                }
            }
        }
        live.Sort((a, b) => a.Index.CompareTo(b.Index));
        return live;
    }

    private IReadOnlySet<string> ReadUsedConfigs()
    {
        var configs = Nodes.Where(node => node.IsConfig).ToDictionary(node => node.Id, StringComparer.Ordinal);
        if (configs.Count == 0)
        {
            return FrozenSet<string>.Empty;
        }
        var lengths = configs.Keys.Select(id => id.Length).ToHashSet();
        var used = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Stack<FlowNode>(Nodes.Where(node => !node.IsConfig));
        // Subflow instances and definitions may name a config node in their environment.
        foreach (var definition in Flows.Nodes.Where(node => node.IsContainer))
        {
            waiting.Push(definition);
        }
        while (waiting.TryPop(out var node))
        {
            foreach (var property in node.Element.EnumerateObject())
            {
                var name = JsonMarshal.GetRawUtf8PropertyName(property);
                if (name.SequenceEqual("id"u8) || name.SequenceEqual("z"u8) || name.SequenceEqual("g"u8) || name.SequenceEqual("wires"u8) || name.SequenceEqual("type"u8) || name.SequenceEqual("name"u8))
                {
                    continue;
                }
                foreach (var text in Texts(property.Value, lengths))
                {
                    if (configs.TryGetValue(text, out var config) && used.Add(text))
                    {
                        waiting.Push(config);
                    }
                }
            }
        }
        return used;
    }

    private static IEnumerable<string> Texts(JsonElement value, HashSet<int> lengths) => value.ValueKind switch
    {
        // Ids are plain text, so the raw length tells: most texts are never read.
        JsonValueKind.String => lengths.Contains(JsonMarshal.GetRawUtf8Value(value).Length - 2) ? [value.SafeText()] : [],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(item => Texts(item, lengths)),
        JsonValueKind.Object => value.SafeProperties().SelectMany(property => Texts(property.Value, lengths)),
        _ => [],
    };
}
