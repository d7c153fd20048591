using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class KafkaConsumersNeedAGroup : HaRule
{
    public override string Id => "HA050";

    public override string Title => "a Kafka consumer without a group";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "groupid of kafka-consumer and kafkajs-consumer, cgroup of rdkafka in, groupId of Kafka Consumer Group; Kafka Consumer, which has none.";

    public override string Why => "Without a common group every replica gets every record.";

    public override string Cure => "Set one consumer group for all replicas of this application.";

    public override string? Fixes => "Sets the group that you name, or the id of the node. A node that knows no groups is left to you.";

    public override IReadOnlyList<string> Related => ["HA001", "HA051"];

    private static readonly (string Type, string Property)[] Consumers =
        [("kafka-consumer", "groupid"), ("kafkajs-consumer", "groupid"), ("rdkafka in", "cgroup"), ("Kafka Consumer Group", "groupId")];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var (type, property) in Consumers)
        {
            foreach (var node in live.OfType(type).Where(node => string.IsNullOrWhiteSpace(node.Text(property))))
            {
                yield return On(live, node, "consumes without a group, so every replica gets every record.", property);
            }
        }
        foreach (var node in live.OfType("Kafka Consumer"))
        {
            yield return On(live, node, "has no consumer group, so every replica gets every record.", "type") with { Cure = "Use the node Kafka Consumer Group of the same module." };
        }
    }

    public override IReadOnlyList<FlowEdit> Fix(FixContext context, Finding finding) =>
        finding is { NodeId: { } id, Property: not (null or "type") } ? [new FlowEdit(id, finding.Property!, JsonText.Of(context.Group ?? id))] : [];
}
