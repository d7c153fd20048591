using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class SequencesMustStayTogether : HaRule
{
    public override string Id => "HA032";

    public override string Title => "a sequence may be spread over replicas";

    public override Severity Severity => Severity.Info;

    public override string LooksAt => "join (automatic, reduce) and sort of sequences without a split, csv or reader of lines before it on every way.";

    public override string Why => "The parts of a sequence that was made elsewhere may come to different replicas; then it is never complete.";

    public override string Cure => "Split and join in the same flow, or send the sequence as one message.";

    public override IReadOnlyList<string> Related => ["HA030"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var node in live.OfType("join", "sort"))
        {
            var waits = node.Type == "join" ? node.Text("mode") is null or "auto" or "reduce" : node.Text("targetType") == "seq";
            if (waits && !live.IsFedBySplit(node))
            {
                yield return On(live, node, "puts a sequence together that was not made in these flows.", node.Type == "join" ? "mode" : "targetType");
            }
        }
    }
}
