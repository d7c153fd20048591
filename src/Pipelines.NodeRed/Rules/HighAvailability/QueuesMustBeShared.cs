using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class QueuesMustBeShared : HaRule
{
    public override string Id => "HA051";

    public override string Title => "an AMQP consumer has a queue of its own";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "queueName, queueExclusive of amqp-in and amqp-in-manual-ack; iotype of amqp in.";

    public override string Why => "A queue without a name, or one that is made for an exchange, belongs to one replica: each gets every message. An exclusive queue lets only the first replica in.";

    public override string Cure => "Give the queue a name that all replicas use, and make it neither exclusive nor deleted with its last consumer.";

    public override string? Fixes => "Names the queue (as you say, or after the node's id), and makes it shared and lasting. A consumer of an exchange (amqp in) is left to you.";

    public override IReadOnlyList<string> Related => ["HA001", "HA050"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var node in live.OfType("amqp-in", "amqp-in-manual-ack", "amqp in"))
        {
            if (node.Type == "amqp in")
            {
                // 4 is a queue; the others are kinds of exchanges.
                if (node.Text("iotype") is "0" or "1" or "2" or "3" or "exchange")
                {
                    yield return On(live, node, $"listens to the exchange {node.Text("ioname")} with a queue of its own on every replica.", "iotype");
                }
            }
            else if (string.IsNullOrEmpty(node.Text("queueName")))
            {
                yield return On(live, node, "consumes from a queue without a name, so every replica has one of its own.", "queueName");
            }
            else if (Loose.IsTrue(node, "queueExclusive"))
            {
                yield return On(live, node, $"consumes from {node.Text("queueName")} exclusively, so only one replica can.", "queueExclusive");
            }
        }
    }

    public override IReadOnlyList<FlowEdit> Fix(FixContext context, Finding finding) => finding switch
    {
        { NodeId: { } id, Property: "queueName" } =>
            [new FlowEdit(id, "queueName", JsonText.Of(context.Group is { } group ? $"{group}-{id}" : id)), new FlowEdit(id, "queueExclusive", "false"), new FlowEdit(id, "queueAutoDelete", "false")],
        { NodeId: { } id, Property: "queueExclusive" } => [new FlowEdit(id, "queueExclusive", "false")],
        _ => [],
    };
}
