using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

internal sealed class WiresMustBeSound : Rule
{
    public override string Id => "NR003";

    public override string Title => "the wires of a node are broken";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "wires of every node on a canvas.";

    public override string Why => "Without wires what the node sends is lost and requests hang; with wires of another shape the node is not created.";

    public override string Cure => "Wire the node again in the editor and take a new snapshot.";

    public override IReadOnlyList<string> Related => ["NR004"];

    public override IEnumerable<Finding> Check(RuleContext context) =>
        from node in context.Flows.Nodes
        where !node.IsContainer && !node.IsConfig && node.WiresShape != WiresShape.Sound
        select AboutNode(
            context.Flows,
            node,
            $"'{node.Label}' ({node.Id}) {(node.WiresShape == WiresShape.Absent ? "has no wires" : "has wires that are not lists of node ids per output")}.",
            property: "wires");
}
