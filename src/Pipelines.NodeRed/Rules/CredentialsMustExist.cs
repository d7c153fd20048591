using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

internal sealed class CredentialsMustExist : Rule
{
    public override string Id => "CRED002";

    public override string Title => "a new node comes without credentials";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "New nodes that hold credentials, and the credentials that the engine holds.";

    public override string Why => "Credentials do not travel with a snapshot: on the replica the node starts without a user and password.";

    public override string Cure => "Give the engine the node's credentials for this target, if it needs any.";

    public override IReadOnlyList<string> Related => ["CRED001"];

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        foreach (var replica in context.Replicas)
        {
            if (replica.PresentFlows is not { } present)
            {
                continue;
            }
            var holders = new CredentialHolders(context.Settings, CredentialHolders.CoreTypes(replica));
            foreach (var node in FlowComparison.Between(present, context.Flows).Added)
            {
                if (holders.Of(node) == Holding.Certain && !context.Credentials.Holds(node.Id))
                {
                    yield return AboutNode(context.Flows, node, $"'{node.Label}' ({node.Id}, {node.Type}) is new on '{replica.Name}', and the engine has no credentials for it.", replica: replica.Name);
                }
            }
        }
    }
}
