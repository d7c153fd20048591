namespace Pipelines.Engine.Definitions;

/// <summary>All Node-RED instances by name, as <c>instances.yaml</c> has them.</summary>
internal sealed record InstancesFile
{
    /// <summary>Each instance under its name.</summary>
    public required IReadOnlyList<InstanceDefinition> Instances { get; init; }
}
