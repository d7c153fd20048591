using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class RatesAreMultiplied : HaRule
{
    public override string Id => "HA031";

    public override string Title => "a rate limit holds for each replica";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "pauseType of delay: rate, timed, queue, burst. Delays of single messages are left alone.";

    public override string Why => "N replicas let through N times as much.";

    public override string Cure => "Divide the rate by the number of replicas, or limit it where all messages pass.";

    public override IReadOnlyList<string> Related => ["HA030"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        live.OfType("delay").Where(node => node.Text("pauseType") is "rate" or "timed" or "queue" or "burst")
            .Select(node => On(live, node, "limits the rate of one replica.", "pauseType"));
}
