using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class SessionsMustBeClean : HaRule
{
    public override string Id => "HA003";

    public override string Title => "an MQTT session outlives its replica";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "cleansession and sessionExpiry of every mqtt-broker that a running node uses.";

    public override string Why => "The broker keeps messages for a client id that has to come back; a replica that is replaced never does, and its share of the messages waits with it.";

    public override string Cure => "Use a clean session, or give every replica a client id of its own that it keeps, from an environment variable.";

    public override string? Fixes => "Asks for a clean session without an expiry.";

    public override IReadOnlyList<string> Related => ["HA002"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var broker in live.UsedOfType("mqtt-broker"))
        {
            var clientId = broker.Text("clientid") ?? "";
            if (EnvironmentReader.IsReference(clientId) && live.Environment.Values(broker, clientId)[0].Value is null)
            {
                // An id for each replica is what a lasting session needs.
                continue;
            }
            if (Mqtt.IsVersion5(broker) && Mqtt.SessionExpiry(broker) is > 0 and var seconds)
            {
                yield return On(live, broker, $"asks the broker to keep its session for {seconds} s.", "sessionExpiry");
            }
            else if (Loose.IsFalse(broker, "cleansession"))
            {
                yield return clientId.Length > 0
                    ? On(live, broker, $"asks the broker to keep the session of {clientId}.", "cleansession")
                    : On(live, broker, "asks for a lasting session without a client id; Node-RED makes it a clean one.", "cleansession", Severity.Info);
            }
        }
    }

    public override IReadOnlyList<FlowEdit> Fix(FixContext context, Finding finding) => finding switch
    {
        { NodeId: { } id, Property: "sessionExpiry" } => [new FlowEdit(id, "sessionExpiry", "\"\""), new FlowEdit(id, "cleansession", "true")],
        { NodeId: { } id } => [new FlowEdit(id, "cleansession", "true")],
        _ => [],
    };
}
