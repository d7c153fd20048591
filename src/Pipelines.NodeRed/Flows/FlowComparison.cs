namespace Pipelines.NodeRed.Flows;

/// <summary>Which nodes go and which come when one set of flows takes the place of another, by id.</summary>
public sealed record FlowComparison(IReadOnlyList<FlowNode> Removed, IReadOnlyList<FlowNode> Added)
{
    public static FlowComparison Between(FlowSet before, FlowSet after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return new FlowComparison(
            [.. before.Nodes.Where(node => !after.Contains(node.Id))],
            [.. after.Nodes.Where(node => !before.Contains(node.Id))]);
    }
}
