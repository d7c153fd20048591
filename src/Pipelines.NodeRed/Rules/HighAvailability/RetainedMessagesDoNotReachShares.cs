using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class RetainedMessagesDoNotReachShares : HaRule
{
    public override string Id => "HA007";

    public override string Title => "retained messages do not come to a shared subscription";

    public override Severity Severity => Severity.Info;

    public override string LooksAt => "rh and rap of mqtt in with a shared topic on a broker with MQTT 5.";

    public override string Why => "A broker does not send retained messages to a shared subscription, or only some brokers do: a replica starts without the last value.";

    public override string Cure => "Where the last value is needed, subscribe to that topic without $share and say ha-ok: HA001, or ask for the value when the flows start.";

    public override IReadOnlyList<string> Related => ["HA001"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        from node in live.OfType("mqtt in", "ff-mqtt-in")
        where !Mqtt.IsDynamic(node) && node.Text("topic") is { Length: > 0 }
        where live.Flows.Find(node.Text("broker") ?? "") is not { } broker || Mqtt.IsVersion5(broker)
        where Loose.Number(node, "rh") is 0 or 1 && Loose.IsTrue(node, "rap")
        let topic = live.Environment.Values(node, node.Text("topic")!).Select(value => value.Value).FirstOrDefault(topic => topic is not null && Mqtt.IsShared(topic) && Mqtt.WhyMalformed(topic) is null)
        where topic is not null
        select On(live, node, $"asks for retained messages of {topic}, which a shared subscription does not get.", "rh");
}
