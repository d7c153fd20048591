using Pipelines.Contracts;

namespace Pipelines.Engine.Stages.Snapshot;

/// <summary>A stage that takes the flows of an instance.</summary>
public sealed class SnapshotState : StageSaga
{
    public SnapshotSettings Settings { get; set; } = null!;

    /// <summary>A stored snapshot that is promoted instead of a new one.</summary>
    public string? ExistingDigest { get; set; }

    public string RequestedBy { get; set; } = "";

    public override object WakeUp() => SnapshotSteps.Wake(this);
}
