using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class WebSocketClientsAreSpread : HaRule
{
    public override string Id => "HA043";

    public override string Title => "web socket clients are spread over replicas";

    public override Severity Severity => Severity.Info;

    public override string LooksAt => "websocket-listener that a running node uses.";

    public override string Why => "A client is connected to one replica: what another replica broadcasts does not come to it.";

    public override string Cure => "Send what everybody must hear to every replica (a subscription without $share), or let a broker speak to the clients.";

    public override IReadOnlyList<string> Related => ["HA044", "HA042"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        live.UsedOfType("websocket-listener").Select(node => On(live, node, $"takes clients on {node.Text("path")} of each replica.", "path"));
}
