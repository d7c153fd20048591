namespace Pipelines.NodeRed.Rules.Suppressions;

/// <summary>A rule about suppressions, which can speak only after all others.</summary>
internal abstract class SuppressionRule : Rule
{
    public override RuleFamily Family => RuleFamily.Suppression;

    public override bool Suppressible => false;

    public override IEnumerable<Finding> Check(RuleContext context) => [];

    public abstract IEnumerable<Finding> Review(RuleContext context, Profile profile, Suppressor suppressor);

    protected Finding AboutIt(RuleContext context, Suppression suppression, string reason) =>
        suppression.Node is { } id && context.Flows.Find(id) is { } node
            ? AboutNode(context.Flows, node, reason, property: suppression.InFlows ? "info" : null) with { Line = suppression.Line, Column = suppression.Line is null ? null : 1 }
            : About(reason);

    protected static string Where(RuleContext context, Suppression suppression) => suppression switch
    {
        { InFlows: true } => $"in the info of '{context.Flows.Find(suppression.Node!)?.Label}' ({suppression.Node})",
        { Node: { } node } => $"for {node} in the pipeline's file",
        _ => "in the pipeline's file",
    };
}
