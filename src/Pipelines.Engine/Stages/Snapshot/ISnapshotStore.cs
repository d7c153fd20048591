using Pipelines.NodeRed.Flows;

namespace Pipelines.Engine.Stages.Snapshot;

/// <summary>Where flows are kept under their digest; they never change there (I8).</summary>
public interface ISnapshotStore
{
    /// <summary>Keeps flows with the message's own transaction; those that are there already stay as they are.</summary>
    void Keep(RawFlows flows);

    /// <summary>Keeps where a snapshot came from.</summary>
    void KeepProvenance(SnapshotProvenance provenance);
}

/// <summary>Reads what is kept, outside any transaction: whoever asks replicas for half a minute must hold none.</summary>
public interface ISnapshotReader
{
    /// <summary>The flows, or null.</summary>
    Task<RawFlows?> FindAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Module name to version as they were on the instance that the snapshot was last taken from; empty when it was not taken from one.</summary>
    Task<IReadOnlyDictionary<string, string>> ModulesAsync(Digest digest, CancellationToken cancellationToken);
}

/// <summary>Where a snapshot came from.</summary>
/// <param name="Instance">The development instance.</param>
/// <param name="NodeRedVersion">Its Node-RED.</param>
/// <param name="Types">Each node type that is used, and the module and version behind it.</param>
public sealed record SnapshotProvenance(
    Digest Digest, Guid PromotionId, string Instance, string NodeRedVersion, IReadOnlyList<TypeOrigin> Types, string RequestedBy, DateTimeOffset TakenAt);

/// <summary>Which module brought a node type.</summary>
public sealed record TypeOrigin(string Type, string Module, string Version);
