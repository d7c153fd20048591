using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

/// <summary>What one replica said about itself before it is touched. What could not be read is null, with the reason.</summary>
/// <param name="Name">The replica's name.</param>
public sealed record ReplicaFacts(string Name)
{
    /// <summary>Node-RED's version, "4.1.15".</summary>
    public string? Version { get; init; }

    /// <summary>What is installed, or null when it could not be read.</summary>
    public IReadOnlyList<NodeSet>? NodeSets { get; init; }

    /// <summary>The largest body it takes, in bytes; null when diagnostics are off.</summary>
    public long? ApiMaxLength { get; init; }

    public FlowState? State { get; init; }

    /// <summary>What it runs now, to be recorded before it is touched.</summary>
    public RawFlows? Present { get; init; }

    /// <summary>The same, read; null when it is no set of nodes.</summary>
    public FlowSet? PresentFlows { get; init; }

    /// <summary>Sentences about what could not be read although a preflight needs it.</summary>
    public IReadOnlyList<string> Troubles { get; init; } = [];
}
