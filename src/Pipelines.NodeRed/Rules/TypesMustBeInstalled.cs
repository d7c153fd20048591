using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

/// <summary>One unknown type keeps the whole instance from starting, also on a disabled tab and in a subflow that nobody uses.</summary>
internal sealed class TypesMustBeInstalled : Rule
{
    public override string Id => "NR001";

    public override string Title => "a node type is missing";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "The type of every node, disabled ones and unused subflows too; on each replica the installed types.";

    public override string Why => "Node-RED answers the deploy with 200 and then starts nothing at all, also when the node is disabled.";

    public override string Cure => "Install the module on every replica, or delete the node from the flows (disabling it does not help).";

    public override IReadOnlyList<string> Related => ["NR009", "NR010"];

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        var flows = context.Flows;
        var first = flows.Nodes.Where(node => !node.IsContainer).DistinctBy(node => node.Type, StringComparer.Ordinal).ToList();
        foreach (var node in first.Where(node => node.SubflowId is { } id && flows.Find(id) is not { IsSubflowDefinition: true }))
        {
            yield return AboutNode(flows, node, $"'{node.Label}' ({node.Id}) is an instance of the subflow {node.SubflowId}, which is not in the flows.", property: "type") with
            {
                Cure = "Delete the instance, or bring its subflow back, and take a new snapshot.",
            };
        }
        foreach (var replica in context.Replicas)
        {
            if (replica.NodeSets is not { } sets)
            {
                continue;
            }
            var usable = sets.Where(set => set.Usable).SelectMany(set => set.Types).ToHashSet(StringComparer.Ordinal);
            foreach (var node in first.Where(node => node.SubflowId is null && !usable.Contains(node.Type)))
            {
                yield return AboutNode(flows, node, Reason(flows, node, replica.Name, sets), replica: replica.Name, property: "type");
            }
        }
    }

    private static string Reason(FlowSet flows, FlowNode node, string replica, IReadOnlyList<NodeSet> sets)
    {
        var count = flows.Nodes.Count(other => other.Type == node.Type);
        var users = count == 1 ? $"'{node.Label}' ({node.Id}) uses" : $"'{node.Label}' ({node.Id}) and {count - 1} more use";
        return sets.FirstOrDefault(set => set.Types.Contains(node.Type, StringComparer.Ordinal)) switch
        {
            null => $"The type '{node.Type}' is not installed on '{replica}'; {users} it.",
            { Enabled: false } set => $"The type '{node.Type}' is switched off on '{replica}' ({set.Id}); {users} it.",
            { } set => $"The type '{node.Type}' does not load on '{replica}' ({set.Id}: {set.Error}); {users} it.",
        };
    }
}
