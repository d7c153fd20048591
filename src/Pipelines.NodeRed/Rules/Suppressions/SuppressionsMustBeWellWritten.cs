namespace Pipelines.NodeRed.Rules.Suppressions;

internal sealed class SuppressionsMustBeWellWritten : SuppressionRule
{
    public override string Id => "SUP001";

    public override string Title => "a suppression does not count";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "ha-ok: in the info text of nodes, tabs, groups and subflows, and suppressions in the pipeline's file.";

    public override string Why => "Without a reason nobody knows later whether it still holds; with a rule that does not exist it covers nothing.";

    public override string Cure => "Write ha-ok: HA001 and then, on the same line, why it is meant.";

    public override IReadOnlyList<string> Related => ["SUP002"];

    public override IEnumerable<Finding> Review(RuleContext context, Profile profile, Suppressor suppressor)
    {
        foreach (var suppression in suppressor.All.Where(suppression => !Suppressor.Counts(suppression)))
        {
            yield return AboutIt(context, suppression, RuleBook.Find(suppression.Rule) switch
            {
                null => $"The suppression of {suppression.Rule} {Where(context, suppression)} names a rule that does not exist.",
                { Suppressible: false } => $"The suppression of {suppression.Rule} {Where(context, suppression)} covers a rule that cannot be suppressed: its findings keep a replica from running.",
                _ => $"The suppression of {suppression.Rule} {Where(context, suppression)} has no reason.",
            });
        }
    }
}
