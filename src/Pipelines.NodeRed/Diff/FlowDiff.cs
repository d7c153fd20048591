using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Diff;

/// <summary>What changed between two sets of flows, as a person sees it: by tab, by node, by property. The same input gives the same diff.</summary>
/// <param name="Changes">Tabs and subflows first, then the nodes of each tab in the order of the new flows; what was removed comes last.</param>
public sealed record FlowDiff(Digest Before, Digest After, IReadOnlyList<NodeChange> Changes)
{
    /// <summary>Nothing that a person would see. The digests may differ all the same: by order, or by how a number is written.</summary>
    public bool IsEmpty => Changes.Count == 0;

    /// <summary>The same nodes in another order: another digest, the same behaviour.</summary>
    public bool Reordered { get; init; }

    public static FlowDiff Between(FlowSet before, FlowSet after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (before.Digest == after.Digest)
        {
            return new FlowDiff(before.Digest, after.Digest, []);
        }
        var (was, now) = (Keyed(before), Keyed(after));
        var changes = new List<NodeChange>();
        foreach (var (key, node) in now)
        {
            if (!was.TryGetValue(key, out var old))
            {
                changes.Add(Of(after, node, ChangeKind.Added));
            }
            else if (Compare(before, old, after, node) is { } change)
            {
                changes.Add(change);
            }
        }
        changes.AddRange(was.Where(node => !now.ContainsKey(node.Key)).Select(node => Of(before, node.Value, ChangeKind.Removed)));
        var place = changes.Select(change => change.Tab).Distinct(StringComparer.Ordinal).Index().ToDictionary(tab => tab.Item, tab => tab.Index, StringComparer.Ordinal);
        return new FlowDiff(before.Digest, after.Digest, [.. changes.OrderBy(change => change.IsContainer ? 0 : 1).ThenBy(change => place[change.Tab])])
        {
            Reordered = !was.Keys.Where(now.ContainsKey).SequenceEqual(now.Keys.Where(was.ContainsKey)),
        };
    }

    // Ids that occur twice are told apart by their turn.
    private static OrderedDictionary<(string Id, int Turn), FlowNode> Keyed(FlowSet flows)
    {
        var keyed = new OrderedDictionary<(string, int), FlowNode>(flows.Nodes.Count);
        var turns = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in flows.Nodes)
        {
            var turn = turns.GetValueOrDefault(node.Id);
            turns[node.Id] = turn + 1;
            keyed.Add((node.Id, turn), node);
        }
        return keyed;
    }

    private static NodeChange Of(FlowSet flows, FlowNode node, ChangeKind kind) => new(kind, node.Id, node.Type, NameOf(node), node.IsContainer ? "" : flows.TabLabel(node))
    {
        IsContainer = node.IsTab || node.IsSubflowDefinition,
    };

    private static string NameOf(FlowNode node) => node.Name.Length > 0 ? node.Name : node.Text("label") ?? "";

    private static NodeChange? Compare(FlowSet before, FlowNode old, FlowSet after, FlowNode node)
    {
        var properties = new List<PropertyChange>();
        foreach (var (name, value) in old.Properties)
        {
            if (name != "id" && !IsWires(name, old, node))
            {
                PropertyChange.Collect(name, value, node.Properties.TryGetValue(name, out var now) ? now : null, properties);
            }
        }
        foreach (var (name, value) in node.Properties)
        {
            if (!old.Properties.ContainsKey(name) && !IsWires(name, old, node))
            {
                PropertyChange.Collect(name, null, value, properties);
            }
        }
        var wires = WireChange.Between(old, before, node, after);
        if (properties.Count == 0 && wires.Count == 0)
        {
            return null;
        }
        var moved = wires.Count == 0 && properties.TrueForAll(property => property.Path is "x" or "y" or "w" or "h");
        properties.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return Of(after, node, moved ? ChangeKind.Moved : ChangeKind.Changed) with
        {
            Properties = properties,
            Wires = wires,
            TabBefore = old.Z == node.Z || node.IsContainer ? null : before.TabLabel(old),
        };
    }

    // Sound wires are told as wires; broken ones as the JSON that they are.
    private static bool IsWires(string name, FlowNode old, FlowNode node) =>
        name == "wires" && old.WiresShape != WiresShape.Broken && node.WiresShape != WiresShape.Broken;
}

public enum ChangeKind
{
    Added,
    Removed,
    Changed,

    /// <summary>Only its place on the canvas.</summary>
    Moved,
}

/// <param name="Name">The node's name, or a tab's label; empty when it has none.</param>
/// <param name="Tab">The label of the tab or subflow that it lies on now; empty for tabs, subflows and global config nodes.</param>
public sealed record NodeChange(ChangeKind Kind, string NodeId, string NodeType, string Name, string Tab)
{
    /// <summary>It is a tab or a subflow.</summary>
    public bool IsContainer { get; init; }

    /// <summary>The tab it lay on before, when it is another one.</summary>
    public string? TabBefore { get; init; }

    public IReadOnlyList<PropertyChange> Properties { get; init; } = [];

    public IReadOnlyList<WireChange> Wires { get; init; } = [];
}

/// <param name="Output">From 1.</param>
/// <param name="Added">Whether the wire is new, or gone.</param>
/// <param name="Target">The id of the node that it leads to.</param>
/// <param name="TargetName">That node's name, or its type.</param>
public sealed record WireChange(int Output, bool Added, string Target, string TargetName)
{
    internal static IReadOnlyList<WireChange> Between(FlowNode old, FlowSet before, FlowNode node, FlowSet after)
    {
        if (old.WiresShape == WiresShape.Broken || node.WiresShape == WiresShape.Broken)
        {
            return [];
        }
        var changes = new List<WireChange>();
        for (var output = 0; output < Math.Max(old.Wires.Count, node.Wires.Count); output++)
        {
            var was = output < old.Wires.Count ? old.Wires[output] : [];
            var now = output < node.Wires.Count ? node.Wires[output] : [];
            changes.AddRange(was.Except(now, StringComparer.Ordinal).Select(target => new WireChange(output + 1, false, target, before.Find(target)?.Label ?? target)));
            changes.AddRange(now.Except(was, StringComparer.Ordinal).Select(target => new WireChange(output + 1, true, target, after.Find(target)?.Label ?? target)));
        }
        return changes;
    }
}
