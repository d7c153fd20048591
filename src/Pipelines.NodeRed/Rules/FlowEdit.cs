using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules;

/// <summary>A change to one property of one node; everything else stays byte for byte.</summary>
/// <param name="Json">The new value, as JSON.</param>
public sealed record FlowEdit(string NodeId, string Property, string Json);

/// <summary>What a fix may look at.</summary>
/// <param name="Context">As for the check.</param>
/// <param name="Group">The name under which replicas share a subscription or a queue; null takes the node's own id, which no other application has.</param>
public sealed record FixContext(RuleContext Context, string? Group = null)
{
    public FlowSet Flows => Context.Flows;

    internal LiveFlows Live => Context.Live;
}
