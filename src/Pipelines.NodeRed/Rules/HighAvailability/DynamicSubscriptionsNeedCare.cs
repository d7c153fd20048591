using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class DynamicSubscriptionsNeedCare : HaRule
{
    public override string Id => "HA005";

    public override string Title => "an MQTT subscription is made at run time";

    public override Severity Severity => Severity.Info;

    public override string LooksAt => "mqtt in and ff-mqtt-in with an input.";

    public override string Why => "Nobody can see from the flows whether the topics are shared; and each replica subscribes only to what it was told itself.";

    public override string Cure => "See that what is subscribed begins with $share/<group>/ and that every replica is told.";

    public override IReadOnlyList<string> Related => ["HA001"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        live.OfType("mqtt in", "ff-mqtt-in").Where(Mqtt.IsDynamic).Select(node => On(live, node, "subscribes to whatever its input says.", "inputs"));
}
