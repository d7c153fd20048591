using System.Text.Json;
using System.Text.Unicode;

namespace Pipelines.NodeRed.Flows;

/// <summary>Flows, read: what is in them, what of it runs, and what they need. Reading never changes the bytes.</summary>
public sealed class FlowSet
{
    internal const int MaxDepth = 512;
    private readonly Dictionary<string, FlowNode> _byId;

    private FlowSet(RawFlows raw, IReadOnlyList<FlowNode> nodes)
    {
        Raw = raw;
        Nodes = nodes;
        // Of two nodes with one id the last one wins, as in Node-RED.
        _byId = new Dictionary<string, FlowNode>(nodes.Count, StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            _byId[node.Id] = node;
        }
        Running = [.. nodes.Where(Runs)];
        TypesUsed = nodes.Where(node => !node.IsContainer).Select(node => node.Type).ToHashSet(StringComparer.Ordinal);
    }

    public RawFlows Raw { get; }

    public Digest Digest => Raw.Digest;

    /// <summary>Every entry, in the order of the array, duplicates included.</summary>
    public IReadOnlyList<FlowNode> Nodes { get; }

    public IEnumerable<FlowNode> Tabs => Nodes.Where(node => node.IsTab);

    public IEnumerable<FlowNode> SubflowDefinitions => Nodes.Where(node => node.IsSubflowDefinition);

    /// <summary>What Node-RED creates: not disabled, not on a disabled tab, not inside a subflow definition.</summary>
    public IReadOnlyList<FlowNode> Running { get; }

    /// <summary>
    /// Every type that must be installed, also of disabled nodes and of unused definitions: one unknown type, wherever it is,
    /// keeps the whole instance from starting. Instances of subflows are in it as <c>subflow:&lt;id&gt;</c>.
    /// </summary>
    public IReadOnlySet<string> TypesUsed { get; }

    /// <summary>Reads flows; a document that is none is an answer, not an exception.</summary>
    public static FlowSetAnswer Parse(RawFlows raw)
    {
        ArgumentNullException.ThrowIfNull(raw);
        if (!Utf8.IsValid(raw.Bytes.Span))
        {
            return new FlowSetAnswer.Refused("The flows are not JSON: they hold bytes that are not UTF-8. Export them again, or take a new snapshot.");
        }
        try
        {
            return ParseText(raw);
        }
        catch (JsonException e)
        {
            return new FlowSetAnswer.Refused($"The flows are not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}). Export them again, or take a new snapshot.");
        }
    }

    /// <exception cref="JsonException">The flows are not JSON.</exception>
    internal static FlowSetAnswer ParseText(RawFlows raw) =>
        // Not disposed: the nodes hand out its elements for as long as somebody holds them.
        Read(raw, JsonDocument.Parse(raw.Bytes, new JsonDocumentOptions { MaxDepth = MaxDepth }).RootElement);

    /// <summary>Two nodes have one id.</summary>
    internal bool HasDuplicates => _byId.Count < Nodes.Count;

    public FlowNode? Find(string id) => _byId.GetValueOrDefault(id);

    public bool Contains(string id) => _byId.ContainsKey(id);

    /// <summary>The label of the tab, or the name of the subflow definition, that the node lies on; empty for global config nodes.</summary>
    public string TabLabel(FlowNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var home = node.IsTab || node.IsSubflowDefinition ? node : Find(node.Z);
        return home?.Text("label") ?? home?.Name ?? node.Z;
    }

    public override string ToString() => $"{Raw}, {Nodes.Count} nodes";

    private static FlowSetAnswer Read(RawFlows raw, JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object)
        {
            return new FlowSetAnswer.Refused(root.SafeProperties().Any(p => p.Name == "flows")
                ? "This is a whole answer of the admin API ({\"flows\":…,\"rev\":…}), not the flows array in it. Pass the array."
                : "This is a JSON object; flows are an array of nodes. Export all flows from Node-RED.");
        }
        if (root.ValueKind != JsonValueKind.Array)
        {
            return new FlowSetAnswer.Refused($"This is a JSON {root.ValueKind.ToString().ToLowerInvariant()}; flows are an array of nodes. Export all flows from Node-RED.");
        }
        var nodes = new List<FlowNode>(root.GetArrayLength());
        foreach (var element in root.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                return new FlowSetAnswer.Refused($"Entry {nodes.Count} of the flows is a JSON {element.ValueKind.ToString().ToLowerInvariant()}, not a node. Export the flows again.");
            }
            var node = new FlowNode(nodes.Count, element);
            if (node.Id.Length == 0)
            {
                return new FlowSetAnswer.Refused($"Entry {nodes.Count} of the flows has no id. Every node needs one as text: export the flows again.");
            }
            if (node.Type.Length == 0)
            {
                return new FlowSetAnswer.Refused($"Node {node.Id} (entry {nodes.Count}) has no type. Delete it in the editor, or export the flows again.");
            }
            nodes.Add(node);
        }
        return new FlowSetAnswer.Read(new FlowSet(raw, nodes));
    }

    private bool Runs(FlowNode node)
    {
        if (node.IsContainer || node.Disabled || Find(node.Id) != node)
        {
            return false;
        }
        if (node.Z.Length == 0)
        {
            // A node with a place on a canvas but without a canvas is kept by Node-RED and never created.
            return node.IsConfig;
        }
        // On a tab that does not exist it runs: Node-RED makes up the tab.
        return Find(node.Z) is not { } home || !(home.IsSubflowDefinition || (home.IsTab && home.IsTrue("disabled")));
    }
}

public abstract record FlowSetAnswer
{
    private FlowSetAnswer() { }

    public sealed record Read(FlowSet Flows) : FlowSetAnswer;

    /// <param name="Reason">A sentence that names the place and the cure.</param>
    public sealed record Refused(string Reason) : FlowSetAnswer;
}
