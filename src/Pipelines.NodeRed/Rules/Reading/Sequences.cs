using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules.Reading;

/// <summary>Which nodes make a sequence out of one message, and which put one together again.</summary>
internal static class Sequences
{
    public static int Change(FlowNode node) => node.Type switch
    {
        "split" or "html" or "batch" => 1,
        "csv" when node.Text("multi") is null or "one" => 1,
        "file in" when node.Text("format") is "lines" or "stream" => 1,
        "join" => -1,
        _ => 0,
    };
}
