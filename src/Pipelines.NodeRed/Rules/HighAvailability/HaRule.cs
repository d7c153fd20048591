using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

/// <summary>A rule about flows that run as several replicas. It looks only at what runs.</summary>
internal abstract class HaRule : Rule
{
    public override RuleFamily Family => RuleFamily.HighAvailability;

    public sealed override IEnumerable<Finding> Check(RuleContext context) => Check(context.Live);

    protected abstract IEnumerable<Finding> Check(LiveFlows live);

    protected Finding On(LiveFlows live, FlowNode node, string reason, string? property = null, Severity? severity = null) =>
        AboutNode(live.Flows, node, $"'{node.Label}' ({node.Id}) {reason}", severity, property: property);
}
