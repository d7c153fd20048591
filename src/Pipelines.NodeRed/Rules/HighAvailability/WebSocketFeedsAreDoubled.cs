using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class WebSocketFeedsAreDoubled : HaRule
{
    public override string Id => "HA044";

    public override string Title => "a web socket feed comes to every replica";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "websocket-client that a running websocket in listens to.";

    public override string Why => "Every replica connects and receives the same feed: each message is worked on several times.";

    public override string Cure => "Let one gateway outside hold the connection and hand its messages to a shared subscription.";

    public override IReadOnlyList<string> Related => ["HA043", "HA042"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        var heard = live.OfType("websocket in").Select(node => node.Text("client")).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return live.OfType("websocket-client").Where(node => heard.Contains(node.Id)).Select(node => On(live, node, $"connects to {node.Text("path")} from every replica.", "path"));
    }
}
