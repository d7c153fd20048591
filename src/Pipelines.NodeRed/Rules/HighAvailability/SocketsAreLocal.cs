using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class SocketsAreLocal : HaRule
{
    public override string Id => "HA042";

    public override string Title => "a socket of one replica";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "server, host and multicast of tcp in and udp in.";

    public override string Why => "A server listens on each replica, and who connects needs a balancer; a client connects from each replica and receives everything on each.";

    public override string Cure => "Put a balancer before a server; let one gateway outside hold a client connection and hand its messages to a shared subscription.";

    public override IReadOnlyList<string> Related => ["HA043", "HA044"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var node in live.OfType("tcp in", "udp in"))
        {
            yield return node switch
            {
                { Type: "tcp in" } when node.Text("server") == "client" || Loose.IsFalse(node, "server") =>
                    On(live, node, $"connects to {node.Text("host")}:{node.Text("port")} from every replica and receives everything on each.", "server", Severity.Error),
                { Type: "tcp in" } => On(live, node, $"listens on port {node.Text("port")} of each replica.", "server"),
                _ when node.Text("multicast") is "board" or "multi" || Loose.IsTrue(node, "multicast") =>
                    On(live, node, $"receives every datagram for {node.Text("group")} on every replica.", "multicast", Severity.Error),
                _ => On(live, node, $"listens on port {node.Text("port")} of each replica.", "port"),
            };
        }
    }
}
