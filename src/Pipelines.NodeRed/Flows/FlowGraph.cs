using System.Text.Json;

namespace Pipelines.NodeRed.Flows;

/// <summary>
/// Which node hands messages to which: along wires, through links, into subflows and out again. A node inside a subflow stands for all
/// its copies. Only the nodes given take part, so that disabled ones end a path.
/// </summary>
public sealed class FlowGraph
{
    private const int Unreached = int.MaxValue;
    private readonly FlowSet _flows;
    private readonly bool[] _live;
    private readonly List<int>?[] _next;
    private readonly int[] _incoming;
    private List<int>?[]? _previous;

    public FlowGraph(FlowSet flows, IEnumerable<FlowNode> live)
    {
        ArgumentNullException.ThrowIfNull(flows);
        ArgumentNullException.ThrowIfNull(live);
        _flows = flows;
        _live = new bool[flows.Nodes.Count];
        _next = new List<int>?[flows.Nodes.Count];
        _incoming = new int[flows.Nodes.Count];
        var nodes = live.ToList();
        foreach (var node in nodes)
        {
            _live[node.Index] = true;
        }
        foreach (var node in nodes)
        {
            Connect(node);
        }
        Return(nodes.Where(node => node.Type == "link call"));
    }

    /// <summary>How many wires and links lead to the node.</summary>
    public int Incoming(FlowNode node) => _incoming[(node ?? throw new ArgumentNullException(nameof(node))).Index];

    /// <summary>All ways to the node begin at one and the same node.</summary>
    public bool HasOneSource(FlowNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        // Asked of few nodes; whoever lies behind thousands of others is not a case of one message going two ways.
        const int most = 1000;
        _previous ??= Reverse();
        var seen = new HashSet<int> { node.Index };
        var waiting = new Stack<int>([node.Index]);
        var sources = 0;
        while (waiting.TryPop(out var at))
        {
            if (_previous[at] is not { } before)
            {
                sources++;
                continue;
            }
            foreach (var previous in before.Where(seen.Add))
            {
                waiting.Push(previous);
            }
            if (seen.Count > most)
            {
                return false;
            }
        }
        return sources == 1;
    }

    /// <summary>Every node that a message may come to from the given ones, these included; nothing goes on beyond a node that stops it.</summary>
    public IReadOnlySet<int> Reached(IEnumerable<FlowNode> from, Func<FlowNode, bool>? stops = null)
    {
        ArgumentNullException.ThrowIfNull(from);
        var seen = new HashSet<int>();
        var waiting = new Stack<int>();
        foreach (var node in from)
        {
            if (seen.Add(node.Index))
            {
                waiting.Push(node.Index);
            }
        }
        while (waiting.TryPop(out var at))
        {
            if (stops?.Invoke(_flows.Nodes[at]) == true)
            {
                continue;
            }
            foreach (var next in _next[at] ?? [])
            {
                if (seen.Add(next))
                {
                    waiting.Push(next);
                }
            }
        }
        return seen;
    }

    /// <summary>
    /// How many sequences a message is inside of, at the least, when it comes to each node: a node adds or ends some.
    /// <see cref="int.MaxValue"/> where nothing comes from any source.
    /// </summary>
    public IReadOnlyList<int> Depths(Func<FlowNode, int> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        const int deepest = 16;
        var depths = new int[_next.Length];
        Array.Fill(depths, Unreached);
        var waiting = new Queue<int>();
        foreach (var node in _flows.Nodes.Where(node => _live[node.Index] && _incoming[node.Index] == 0))
        {
            depths[node.Index] = 0;
            waiting.Enqueue(node.Index);
        }
        // Depths only ever fall and have a floor, so this ends in loops too.
        while (waiting.TryDequeue(out var at))
        {
            var after = Math.Clamp(depths[at] + change(_flows.Nodes[at]), 0, deepest);
            foreach (var next in _next[at] ?? [])
            {
                if (after < depths[next])
                {
                    depths[next] = after;
                    waiting.Enqueue(next);
                }
            }
        }
        return depths;
    }

    private void Connect(FlowNode node)
    {
        if (node.SubflowId is { } id && _flows.Find(id) is { IsSubflowDefinition: true } definition)
        {
            Enter(node, definition);
            return;
        }
        if (node.Type == "link call" && node.Text("linkType") != "dynamic" && Links(node).Any(Takes))
        {
            // What comes back is connected when it is known who returns.
            Lead(node, Links(node));
            return;
        }
        foreach (var port in node.Wires)
        {
            Lead(node, port);
        }
        switch (node.Type)
        {
            case "link out" when node.Text("mode") != "return":
                Lead(node, Links(node));
                break;
            case "complete":
                foreach (var source in Ids(node, "scope"))
                {
                    if (_flows.Find(source) is { } done && _live[done.Index])
                    {
                        Add(done.Index, node.Index);
                    }
                }
                break;
        }
    }

    private void Enter(FlowNode instance, FlowNode definition)
    {
        foreach (var input in Ports(definition, "in"))
        {
            Lead(instance, input.Where(id => id != definition.Id));
        }
        var output = 0;
        foreach (var port in Ports(definition, "out"))
        {
            var targets = output < instance.Wires.Count ? instance.Wires[output] : [];
            foreach (var from in port)
            {
                if (from == definition.Id)
                {
                    Lead(instance, targets);
                }
                else if (_flows.Find(from) is { } inner && _live[inner.Index])
                {
                    Lead(inner, targets);
                }
            }
            output++;
        }
    }

    // A call goes to its link in; whoever returns there hands on to what the call is wired to.
    private void Return(IEnumerable<FlowNode> calls)
    {
        foreach (var call in calls)
        {
            if (call.Text("linkType") == "dynamic")
            {
                continue;
            }
            var entered = Links(call).Where(Takes).Select(id => _flows.Find(id)!).ToList();
            var returns = Reached(entered).Select(at => _flows.Nodes[at]).Where(node => node.Type == "link out" && node.Text("mode") == "return").ToList();
            foreach (var back in returns)
            {
                foreach (var port in call.Wires)
                {
                    Lead(back, port);
                }
            }
        }
    }

    private bool Takes(string id) => _flows.Find(id) is { } target && _live[target.Index];

    private void Lead(FlowNode from, IEnumerable<string> targets)
    {
        foreach (var target in targets)
        {
            if (_flows.Find(target) is { } to && _live[to.Index])
            {
                Add(from.Index, to.Index);
            }
        }
    }

    private List<int>?[] Reverse()
    {
        var previous = new List<int>?[_next.Length];
        for (var from = 0; from < _next.Length; from++)
        {
            foreach (var to in _next[from] ?? [])
            {
                (previous[to] ??= []).Add(from);
            }
        }
        return previous;
    }

    private void Add(int from, int to)
    {
        (_next[from] ??= []).Add(to);
        _incoming[to]++;
    }

    private static IEnumerable<string> Links(FlowNode node) => Ids(node, "links");

    private static IEnumerable<string> Ids(FlowNode node, string property) =>
        node.TryGet(property, out var links) && links.ValueKind == JsonValueKind.Array
            ? links.EnumerateArray().Where(link => link.ValueKind == JsonValueKind.String).Select(link => link.SafeText())
            : [];

    private static IEnumerable<IReadOnlyList<string>> Ports(FlowNode definition, string side)
    {
        if (!definition.TryGet(side, out var ports) || ports.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }
        foreach (var port in ports.EnumerateArray())
        {
            var wires = port.ValueKind == JsonValueKind.Object
                ? port.SafeProperties().LastOrDefault(property => property.Name == "wires").Value
                : default;
            yield return wires.ValueKind != JsonValueKind.Array
                ? []
                : [.. wires.EnumerateArray().Where(wire => wire.ValueKind == JsonValueKind.Object).Select(wire => wire.SafeProperty("id")).OfType<string>()];
        }
    }
}
