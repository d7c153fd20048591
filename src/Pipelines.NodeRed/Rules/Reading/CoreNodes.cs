using System.Collections.Frozen;

namespace Pipelines.NodeRed.Rules.Reading;

internal static class CoreNodes
{
    /// <summary>Node-RED's own nodes that send only when a message comes to them, or soon after.</summary>
    public static FrozenSet<string> OnlyAnswer { get; } = new[]
    {
        "change", "switch", "function", "template", "range", "delay", "trigger", "rbe", "split", "join", "sort", "batch", "json", "csv", "html", "xml", "yaml",
        "http request", "http response", "file", "file in", "exec", "debug", "comment", "junction", "link in", "link out", "link call", "mqtt out", "complete",
    }.ToFrozenSet(StringComparer.Ordinal);
}
