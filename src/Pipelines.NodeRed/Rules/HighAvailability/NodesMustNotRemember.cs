using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class NodesMustNotRemember : HaRule
{
    public override string Id => "HA030";

    public override string Title => "a node remembers messages";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "smooth, batch (count, interval), join (mode custom), filter (rbe) and trigger. A join or batch that is fed by a split of the same message is left alone.";

    public override string Why => "It remembers only the messages that this replica saw: an average is an average of a part, a group is never full, a repeated value is new to the other replica.";

    public override string Cure => "Aggregate outside (in the database, in the broker), or make sure that all messages that belong together come to one replica.";

    public override IReadOnlyList<string> Related => ["HA020", "HA032"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var node in live.OfType("smooth", "batch", "join", "rbe", "trigger"))
        {
            switch (node.Type)
            {
                case "smooth":
                    yield return On(live, node, "smooths over the messages that one replica saw.", "type");
                    break;
                case "batch" when node.Text("mode") is null or "count" or "interval" && !live.IsFedBySplit(node):
                    yield return On(live, node, $"collects messages by {node.Text("mode") ?? "count"}, each replica its own.", "mode");
                    break;
                case "join" when node.Text("mode") == "custom" && !live.IsFedBySplit(node) && !JoinsItsOwnBranches(live, node):
                    yield return On(live, node, "waits for messages that may come to another replica.", "mode");
                    break;
                // A replica that gets every message of a topic remembers them all.
                case "rbe" when !(ByTopic(node, "septopics") && live.GetsEveryMessage(node)):
                    yield return On(live, node, "compares with the last message that this replica saw.", "func", Severity.Warning);
                    break;
                case "trigger" when !(node.Text("bytopic") == "topic" && live.GetsEveryMessage(node)):
                    yield return On(live, node, "waits or resends by the messages that this replica saw.", "type", Severity.Warning);
                    break;
            }
        }
    }

    private static bool ByTopic(FlowNode node, string property) => !node.Has(property) || Loose.IsTrue(node, property);

    // One message that goes several ways and is put together again never leaves its replica.
    private static bool JoinsItsOwnBranches(LiveFlows live, FlowNode join) =>
        Loose.Number(join, "count") is >= 2 and var count && live.Graph.Incoming(join) == count && live.Graph.HasOneSource(join);
}
