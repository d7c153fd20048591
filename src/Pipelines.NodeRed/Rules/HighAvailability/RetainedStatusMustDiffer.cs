using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class RetainedStatusMustDiffer : HaRule
{
    public override string Id => "HA004";

    public override string Title => "replicas share one retained status topic";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "willTopic and willRetain, birthTopic and birthRetain, closeTopic and closeRetain of every mqtt-broker that a running node uses.";

    public override string Why => "One replica that stops says offline for all of them, and whoever subscribes later believes it.";

    public override string Cure => "Give every replica a status topic of its own, from an environment variable, or do not retain it.";

    public override IReadOnlyList<string> Related => ["HA002"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var broker in live.UsedOfType("mqtt-broker"))
        {
            foreach (var part in new[] { "will", "birth", "close" })
            {
                if (broker.Text($"{part}Topic") is { Length: > 0 } written && Loose.IsTrue(broker, $"{part}Retain")
                    && live.Environment.Values(broker, written)[0].Value is { Length: > 0 } topic)
                {
                    yield return On(live, broker, $"retains its {part} message on {topic}, the same topic on every replica.", $"{part}Topic");
                    break;
                }
            }
        }
    }
}
