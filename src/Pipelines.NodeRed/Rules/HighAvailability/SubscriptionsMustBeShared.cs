using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class SubscriptionsMustBeShared : HaRule
{
    public override string Id => "HA001";

    public override string Title => "an MQTT subscription is not shared";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "topic of mqtt in and ff-mqtt-in whose topic is fixed; ${NAME} is resolved through the subflow's instances, groups and tabs.";

    public override string Why => "The broker sends every message to every replica: with two replicas each message is worked on twice.";

    public override string Cure => "Subscribe as $share/<group>/<topic>, with one group for all replicas of this application and for nobody else.";

    public override string? Fixes => "Puts $share/<group>/ before the topic; the group is the one you name, or the id of the node. A topic that comes from the environment is left to you.";

    public override IReadOnlyList<string> Related => ["HA002", "HA005", "HA006", "HA007"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var node in live.OfType("mqtt in", "ff-mqtt-in"))
        {
            if (Mqtt.IsDynamic(node) || node.Text("topic") is not { Length: > 0 } written)
            {
                continue;
            }
            var alone = live.Environment.Values(node, written).FirstOrDefault(value => value.Value is { Length: > 0 } topic && !Mqtt.IsShared(topic) && !Mqtt.IsOfBroker(topic));
            if (alone.Value is { } topic)
            {
                var where = alone.Instance is { } instance ? $" in its instance '{instance.Label}' ({instance.Id})" : "";
                yield return On(live, node, $"subscribes to {topic}{where} on its own, so every replica gets every message.", "topic");
            }
        }
    }

    public override IReadOnlyList<FlowEdit> Fix(FixContext context, Finding finding) =>
        finding.NodeId is { } id && context.Flows.Find(id)?.Text("topic") is { Length: > 0 } topic && !EnvironmentReader.IsReference(topic)
            ? [new FlowEdit(id, "topic", JsonText.Of($"$share/{context.Group ?? Mqtt.GroupOf(id)}/{topic}"))]
            : [];
}
