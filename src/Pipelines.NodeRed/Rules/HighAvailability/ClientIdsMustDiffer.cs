using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class ClientIdsMustDiffer : HaRule
{
    public override string Id => "HA002";

    public override string Title => "a fixed MQTT client id";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "clientid of every mqtt-broker that a running node uses.";

    public override string Why => "A broker allows one connection for each client id: the replicas throw each other out, again and again, and all but one get nothing.";

    public override string Cure => "Leave the client id empty, so that every replica makes one of its own, or take it from an environment variable that differs on each replica.";

    public override string? Fixes => "Empties the client id and asks for a clean session, which an empty id needs.";

    public override IReadOnlyList<string> Related => ["HA001", "HA003"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        from broker in live.UsedOfType("mqtt-broker")
        where broker.Text("clientid") is { Length: > 0 }
        let id = live.Environment.Values(broker, broker.Text("clientid")!)[0].Value
        where !string.IsNullOrEmpty(id)
        select On(live, broker, $"connects as {id} from every replica.", "clientid");

    public override IReadOnlyList<FlowEdit> Fix(FixContext context, Finding finding) =>
        finding.NodeId is { } id ? [new FlowEdit(id, "clientid", "\"\""), new FlowEdit(id, "cleansession", "true")] : [];
}
