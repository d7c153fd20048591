using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class SharedSubscriptionsMustBeWellFormed : HaRule
{
    public override string Id => "HA006";

    public override string Title => "a shared subscription gets nothing";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "topic and nl of mqtt in and ff-mqtt-in that subscribe to $share or $queue.";

    public override string Why => "The broker takes the subscription and never sends anything, or refuses it; in neither case does an error say so.";

    public override string Cure => "Write $share/<group>/<topic> with a group that has no + # or /, and leave \"no local\" off.";

    public override string? Fixes => "Switches \"no local\" off; a malformed topic is left to you.";

    public override IReadOnlyList<string> Related => ["HA001"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var node in live.OfType("mqtt in", "ff-mqtt-in"))
        {
            if (Mqtt.IsDynamic(node) || node.Text("topic") is not { Length: > 0 } written)
            {
                continue;
            }
            foreach (var (topic, _) in live.Environment.Values(node, written).Where(value => value.Value is not null).DistinctBy(value => value.Value, StringComparer.Ordinal))
            {
                if (Mqtt.WhyMalformed(topic!) is { } why)
                {
                    yield return On(live, node, $"subscribes to {topic}, {why}.", "topic", topic!.StartsWith(Mqtt.Queue, StringComparison.Ordinal) ? Severity.Warning : Severity.Error);
                }
                else if (Mqtt.IsShared(topic!) && Loose.IsTrue(node, "nl"))
                {
                    yield return On(live, node, $"subscribes to {topic} with \"no local\", which MQTT forbids for shared subscriptions.", "nl");
                }
            }
        }
    }

    public override IReadOnlyList<FlowEdit> Fix(FixContext context, Finding finding) =>
        finding is { NodeId: { } id, Property: "nl" } ? [new FlowEdit(id, "nl", "false")] : [];
}
