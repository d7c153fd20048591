using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class DashboardsAreLocal : HaRule
{
    public override string Id => "HA060";

    public override string Title => "a dashboard on every replica";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "ui_base and ui-base with widgets on a running tab.";

    public override string Why => "A page shows what its own replica knows, and a click comes to one replica: after a reload the numbers are others.";

    public override string Cure => "Use sticky sessions and feed the widgets from a shared source, or run the dashboard as a single instance of its own.";

    public override IReadOnlyList<string> Related => ["HA020"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        var widgets = live.Nodes.Where(node => !node.IsConfig && (node.Type.StartsWith("ui_", StringComparison.Ordinal) || node.Type.StartsWith("ui-", StringComparison.Ordinal))).ToList();
        if (widgets.Count == 0)
        {
            yield break;
        }
        var bases = live.OfType("ui_base", "ui-base").ToList();
        foreach (var node in bases.Count > 0 ? bases : [widgets[0]])
        {
            yield return On(live, node, $"shows {widgets.Count} {(widgets.Count == 1 ? "widget" : "widgets")} from the memory of one replica.", "type");
        }
    }
}
