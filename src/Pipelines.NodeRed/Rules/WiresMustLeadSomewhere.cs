using System.Text.Json;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

internal sealed class WiresMustLeadSomewhere : Rule
{
    public override string Id => "NR004";

    public override string Title => "a wire leads to a node that does not exist";

    public override Severity Severity => Severity.Warning;

    public override bool Suppressible => true;

    public override string LooksAt => "wires of every node.";

    public override string Why => "What is sent along it is lost, without an error.";

    public override string Cure => "Draw the wire again in the editor, or delete it.";

    public override string? Fixes => "Drops the wire; the others stay.";

    public override IReadOnlyList<string> Related => ["NR003"];

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        var flows = context.Flows;
        foreach (var node in flows.Nodes)
        {
            for (var output = 0; output < node.Wires.Count; output++)
            {
                foreach (var target in node.Wires[output])
                {
                    if (flows.Contains(target))
                    {
                        continue;
                    }
                    yield return AboutNode(flows, node, $"Output {output + 1} of '{node.Label}' ({node.Id}) leads to {target}, which is not in the flows.", property: $"wires[{output}]");
                }
            }
        }
    }

    public override IReadOnlyList<FlowEdit> Fix(FixContext context, Finding finding)
    {
        var flows = context.Flows;
        return finding.NodeId is { } id && flows.Find(id) is { WiresShape: WiresShape.Sound } node
            ? [new FlowEdit(id, "wires", JsonSerializer.Serialize(node.Wires.Select(port => port.Where(flows.Contains))))]
            : [];
    }
}
