using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;
using Pipelines.NodeRed.Rules.Scripts;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class StartsMustBeRepeatable : HaRule
{
    public override string Id => "HA011";

    public override string Title => "something happens at every start";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "once of inject. An inject that only fills the context is left alone.";

    public override string Why => "It happens on each replica, and again whenever one is deployed or restarted.";

    public override string Cure => "See that it does no harm when it happens several times, or take it out of the flows.";

    public override IReadOnlyList<string> Related => ["HA010"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        live.OfType("inject").Where(inject => inject.IsTrue("once") && !OnlyFillsContext(live, inject)).Select(inject => On(live, inject, "sends at the start of every replica.", "once"));

    // Every replica needs what it keeps in its own memory, so filling it at the start is right.
    private static bool OnlyFillsContext(LiveFlows live, FlowNode inject)
    {
        var reached = live.Graph.Reached([inject]);
        return live.ContextUse.Accesses.Any(access => access.Verb == ContextVerb.Set && reached.Contains(access.Node.Index))
            && reached.All(at => live.Flows.Nodes[at] is var node && (node == inject || Harmless.Contains(node.Type, StringComparer.Ordinal) || node.SubflowId is not null));
    }

    private static readonly string[] Harmless =
        ["change", "switch", "function", "template", "range", "split", "join", "json", "csv", "xml", "yaml", "html", "debug", "junction", "link in", "link out", "link call", "file in", "delay", "comment"];
}
