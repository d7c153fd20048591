using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class RequestsMustBeAnswered : HaRule
{
    public override string Id => "HA061";

    public override string Title => "a request is not answered by its replica";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "http in from which no http response can be reached; msg.res, or a whole message of a request, kept in context.";

    public override string Why => "Only the replica that took the request can answer it; what is kept for later may be looked for on another.";

    public override string Cure => "Answer in the flow that the request started, with an http response at the end of every way.";

    public override IReadOnlyList<string> Related => ["HA020", "NR005"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        var requests = live.OfType("http in").ToList();
        if (requests.Count == 0)
        {
            yield break;
        }
        foreach (var request in requests)
        {
            if (!live.Graph.Reached([request]).Any(at => Answers(live, live.Flows.Nodes[at])))
            {
                yield return On(live, request, "leads to no http response.", "wires");
            }
        }
        var asked = live.Graph.Reached(requests);
        foreach (var kept in live.ContextUse.Accesses.Where(access => access.KeepsRequest && asked.Contains(access.Node.Index)))
        {
            yield return On(live, kept.Node, "keeps a request in context to answer it later.", kept.Property) with { Line = kept.Line, Column = kept.Column };
        }
    }

    private static bool Answers(LiveFlows live, FlowNode node) => node.Type switch
    {
        "http response" => true,
        "function" => live.Script(node, "func").Responds,
        _ => false,
    };
}
