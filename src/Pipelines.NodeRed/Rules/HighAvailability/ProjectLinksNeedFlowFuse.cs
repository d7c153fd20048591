using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class ProjectLinksNeedFlowFuse : HaRule
{
    public override string Id => "HA052";

    public override string Title => "a FlowFuse project link";

    public override Severity Severity => Severity.Info;

    public override string LooksAt => "project link in, project link out, project link call.";

    public override string Why => "FlowFuse shares the messages among the replicas by itself. A Node-RED outside FlowFuse does not connect at all.";

    public override string Cure => "Nothing inside FlowFuse; elsewhere use mqtt nodes with a shared subscription.";

    public override IReadOnlyList<string> Related => ["HA001"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        live.OfType("project link in", "project link out", "project link call").Select(node => On(live, node, "works only where FlowFuse runs the replicas.", "type"));
}
