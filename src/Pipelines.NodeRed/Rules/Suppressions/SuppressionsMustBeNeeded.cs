namespace Pipelines.NodeRed.Rules.Suppressions;

internal sealed class SuppressionsMustBeNeeded : SuppressionRule
{
    public override string Id => "SUP002";

    public override string Title => "a suppression suppresses nothing";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "ha-ok: in the info text of nodes, tabs, groups and subflows, and suppressions in the pipeline's file.";

    public override string Why => "It would hide the next finding of this rule, which nobody has looked at.";

    public override string Cure => "Take the suppression out.";

    public override IReadOnlyList<string> Related => ["SUP001"];

    public override IEnumerable<Finding> Review(RuleContext context, Profile profile, Suppressor suppressor) =>
        from suppression in suppressor.All
        where Suppressor.Counts(suppression) && !suppressor.WasUsed(suppression) && RuleBook.IsAsked(RuleBook.Find(suppression.Rule)!, context, profile) && !IsAsleep(context, suppression)
        select AboutIt(context, suppression, $"The suppression of {suppression.Rule} {Where(context, suppression)} suppresses nothing.");

    // Rules do not look at what is disabled, so a suppression there waits for the day when it is enabled.
    private static bool IsAsleep(RuleContext context, Suppression suppression)
    {
        if (suppression.Node is not { } id || context.Flows.Find(id) is not { } node)
        {
            return false;
        }
        return node.IsTab ? node.IsTrue("disabled")
            : node.IsSubflowDefinition ? context.Live.InstancesOf(node.Id).Count == 0
            : !node.IsGroup && !context.Live.Nodes.Contains(node);
    }
}
