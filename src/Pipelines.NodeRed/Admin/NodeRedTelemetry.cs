using System.Diagnostics;

namespace Pipelines.NodeRed.Admin;

/// <summary>The spans of this room.</summary>
public static class NodeRedTelemetry
{
    public const string SourceName = "Pipelines.NodeRed";

    internal static readonly ActivitySource Source = new(SourceName);
}
