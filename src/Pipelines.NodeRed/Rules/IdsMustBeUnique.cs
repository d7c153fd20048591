namespace Pipelines.NodeRed.Rules;

internal sealed class IdsMustBeUnique : Rule
{
    public override string Id => "NR002";

    public override string Title => "two nodes have one id";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "The id of every node.";

    public override string Why => "Node-RED keeps the last of them and says nothing; the others are gone.";

    public override string Cure => "Import the later one again as a copy, so that it gets an id of its own.";

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        var flows = context.Flows;
        if (!flows.HasDuplicates)
        {
            yield break;
        }
        foreach (var same in flows.Nodes.GroupBy(node => node.Id, StringComparer.Ordinal).Where(same => same.Skip(1).Any()))
        {
            var last = same.Last();
            var others = string.Join(", ", same.SkipLast(1).Select(node => $"'{node.Label}' ({node.Type})"));
            yield return AboutNode(flows, last, $"'{last.Label}' ({last.Type}) has the id {last.Id} of {others}.", property: "id");
        }
    }
}
