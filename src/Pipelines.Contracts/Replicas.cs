namespace Pipelines.Contracts;

/// <summary>Which replica a message is about; the same in every message of one rollout about it.</summary>
/// <param name="ReplicaId">This replica within this rollout.</param>
/// <param name="Index">Its place in the order of the rollout, from 0.</param>
/// <param name="Token">The fencing token under which its target is held.</param>
public sealed record ReplicaInRollout(Guid ReplicaId, Guid StageId, Guid PromotionId, string Target, string Replica, int Index, long Token);

/// <summary>Tells a replica's saga to bring it to the snapshot.</summary>
/// <param name="Order">Counts the orders of this rollout; a replica follows the latest, and what it reports names it.</param>
/// <param name="Before">What it ran before it was touched, as it was recorded.</param>
public sealed record BringReplica(ReplicaInRollout Which, int Order, string SnapshotDigest, RecordedReplica Before, RolloutSettings Settings);

/// <summary>The replica runs the snapshot, verified and soaked.</summary>
public sealed record ReplicaDeployed(Guid StageId, Guid ReplicaId, int Index, int Order);

/// <summary>The replica could not be brought to the snapshot. It may be left in any state and must be restored.</summary>
public sealed record ReplicaFailed(Guid StageId, Guid ReplicaId, int Index, int Order, string Reason);

/// <summary>Tells a replica's saga to bring it back to what it ran before.</summary>
/// <param name="Attempts">How many tries it has.</param>
/// <param name="Force">Whether flows that somebody else deployed meanwhile are replaced too; only a person can want that.</param>
public sealed record BringBackReplica(
    ReplicaInRollout Which, int Order, string SnapshotDigest, RecordedReplica Before, RolloutSettings Settings, int Attempts, bool Force);

/// <summary>The replica runs again what it ran before.</summary>
public sealed record ReplicaRestored(Guid StageId, Guid ReplicaId, int Index, int Order);

/// <summary>The replica could not be brought back within its tries.</summary>
public sealed record ReplicaStuck(Guid StageId, Guid ReplicaId, int Index, int Order, string Reason);

/// <summary>Asks to deploy the snapshot on one replica and to verify that it runs.</summary>
/// <param name="Attempt">Counts the questions about this replica; only the answer to the last one is accepted.</param>
/// <param name="NotAfter">Nothing is done to the replica after this; a later answer is of no use.</param>
public sealed record DeployReplica(ReplicaInRollout Which, int Attempt, string SnapshotDigest, RecordedReplica Before, RolloutSettings Settings, DateTimeOffset NotAfter);

/// <summary>The replica took the snapshot, and it runs.</summary>
public sealed record ReplicaTook(Guid ReplicaId, int Attempt);

/// <summary>The replica refused the snapshot, or took it and does not run it. Asking again is of no use.</summary>
public sealed record ReplicaRefused(Guid ReplicaId, int Attempt, string Reason);

/// <summary>The replica gave no answer, or none that can be understood; it may have done it all the same.</summary>
public sealed record ReplicaSilent(Guid ReplicaId, int Attempt, string Reason);

/// <summary>Asks to watch one replica for a while.</summary>
/// <param name="Until">When the soak ends.</param>
public sealed record SoakReplica(ReplicaInRollout Which, int Attempt, string SnapshotDigest, RolloutSettings Settings, DateTimeOffset Until, DateTimeOffset NotAfter);

/// <summary>The replica kept running until then.</summary>
public sealed record ReplicaKeptRunning(Guid ReplicaId, int Attempt, DateTimeOffset Until);

/// <summary>Asks to restore what one replica ran before, and to verify it.</summary>
public sealed record RestoreReplica(
    ReplicaInRollout Which, int Attempt, string SnapshotDigest, RecordedReplica Before, RolloutSettings Settings, bool Force, DateTimeOffset NotAfter);

/// <summary>The replica runs again what it ran before.</summary>
public sealed record ReplicaTookBack(Guid ReplicaId, int Attempt);

/// <summary>The replica was not restored.</summary>
/// <param name="Definite">Whether asking again is of no use.</param>
public sealed record ReplicaNotRestored(Guid ReplicaId, int Attempt, string Reason, bool Definite);

/// <summary>Wakes a replica's saga that waits: for an answer, or to ask again.</summary>
public sealed record ReplicaWaitOver(Guid ReplicaId, int Wait);
