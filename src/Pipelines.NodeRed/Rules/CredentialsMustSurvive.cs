using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

internal sealed class CredentialsMustSurvive : Rule
{
    public override string Id => "CRED001";

    public override string Title => "a rollback could not bring credentials back";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "Nodes that a promotion removes and that may hold credentials, and the credentials that the engine holds.";

    public override string Why => "Node-RED deletes the credentials of a node that a deploy removes, for good. A rollback brings the node back without them, "
        + "unless the engine holds them; and no API reads them from a replica.";

    public override string Cure => "Give the engine the node's credentials, keep the node in the flows, name its type in credentialFreeTypes, "
        + "or accept the loss with allowCredentialLoss.";

    public override IReadOnlyList<string> Related => ["CRED002"];

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        foreach (var replica in context.Replicas)
        {
            if (replica.PresentFlows is not { } present)
            {
                continue;
            }
            var holders = new CredentialHolders(context.Settings, CredentialHolders.CoreTypes(replica));
            foreach (var node in FlowComparison.Between(present, context.Flows).Removed.Where(node => !context.Credentials.Holds(node.Id)))
            {
                var holding = holders.Of(node);
                if (holding == Holding.None)
                {
                    continue;
                }
                var verb = holding == Holding.Certain ? "holds" : "may hold";
                yield return AboutNode(
                    present, node,
                    $"The promotion removes '{node.Label}' ({node.Id}, {node.Type}) from '{replica.Name}'; it {verb} credentials, and the engine does not have them.",
                    holding == Holding.Possible || context.Settings.AllowCredentialLoss ? Severity.Warning : Severity.Error,
                    replica.Name);
            }
        }
    }
}
