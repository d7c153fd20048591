using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules.Reading;

/// <summary>How MQTT nodes say things.</summary>
internal static class Mqtt
{
    public const string Queue = "$queue/";
    private const string Share = "$share/";
    private static readonly char[] Wildcards = ['+', '#'];

    public static bool IsDynamic(FlowNode node) => Loose.Number(node, "inputs") is > 0 || node.Text("topicType") == "dynamic";

    public static bool IsShared(string topic) => topic.StartsWith(Share, StringComparison.Ordinal) || topic.StartsWith(Queue, StringComparison.Ordinal);

    /// <summary>What the broker says about itself is meant for everybody.</summary>
    public static bool IsOfBroker(string topic) => topic.StartsWith("$SYS", StringComparison.Ordinal);

    /// <summary>A group's name that no other application has.</summary>
    public static string GroupOf(string nodeId) => string.Concat(nodeId.Select(letter => letter is '/' or '+' or '#' ? '-' : letter));

    /// <summary>The second half of a sentence, or null when the topic is sound.</summary>
    public static string? WhyMalformed(string topic)
    {
        if (topic.StartsWith(Queue, StringComparison.Ordinal))
        {
            return "which only some brokers understand";
        }
        if (topic is "$share")
        {
            return "which has no group";
        }
        if (!topic.StartsWith(Share, StringComparison.Ordinal))
        {
            return null;
        }
        var rest = topic[Share.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var group = slash < 0 ? rest : rest[..slash];
        return group.Length == 0 ? "which has no group"
            : group.IndexOfAny(Wildcards) >= 0 ? "whose group is a wildcard"
            : slash < 0 || slash == rest.Length - 1 ? "which has a group and no topic"
            : null;
    }

    public static bool IsVersion5(FlowNode broker) => Loose.Number(broker, "protocolVersion") is 5;

    public static double? SessionExpiry(FlowNode broker) => Loose.Number(broker, "sessionExpiry");
}
