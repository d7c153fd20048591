namespace Pipelines.Contracts;

/// <summary>Starts a stage that takes the flows of an instance, or finds a snapshot that was taken before.</summary>
/// <param name="ExistingDigest">A stored snapshot to use instead of asking the instance; usually null.</param>
public sealed record StartSnapshot(Guid StageId, Guid PromotionId, SnapshotSettings Settings, string? ExistingDigest, string RequestedBy);

/// <summary>Asks for the flows of an instance.</summary>
/// <param name="Attempt">Counts the questions of this stage; only the answer to the last one is accepted.</param>
/// <param name="NotAfter">An answer after this is of no use; whoever works on it stops then.</param>
public sealed record TakeSnapshot(Guid StageId, Guid PromotionId, string Instance, string? ExistingDigest, string RequestedBy, int Attempt, DateTimeOffset NotAfter);

/// <summary>The flows are stored under their digest.</summary>
public sealed record SnapshotTaken(Guid StageId, int Attempt, string Digest);

/// <summary>The flows could not be taken.</summary>
/// <param name="Reason">Names the instance and the cure.</param>
/// <param name="Definite">Whether asking again is of no use.</param>
public sealed record SnapshotNotTaken(Guid StageId, int Attempt, string Reason, bool Definite);

/// <summary>Wakes a snapshot stage that waits: for an answer, or to ask again.</summary>
public sealed record SnapshotWaitOver(Guid StageId, int Wait);
