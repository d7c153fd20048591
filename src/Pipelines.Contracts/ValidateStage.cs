namespace Pipelines.Contracts;

/// <summary>Starts a stage that holds a snapshot against the rules and against every replica of its targets.</summary>
public sealed record StartValidate(Guid StageId, Guid PromotionId, ValidateSettings Settings, string SnapshotDigest);

/// <summary>Asks for all findings on a snapshot.</summary>
/// <param name="Attempt">Counts the questions of this stage; only the answer to the last one is accepted.</param>
/// <param name="NotAfter">An answer after this is of no use; whoever works on it stops then.</param>
public sealed record ValidateSnapshot(Guid StageId, Guid PromotionId, ValidateSettings Settings, string SnapshotDigest, int Attempt, DateTimeOffset NotAfter);

/// <summary>All findings are stored.</summary>
/// <param name="Stops">Whether a finding stops the promotion.</param>
/// <param name="Summary">The findings that stop it in one sentence; empty when none does.</param>
public sealed record SnapshotValidated(Guid StageId, int Attempt, bool Stops, string Summary);

/// <summary>The rules could not be asked, because a replica could not.</summary>
public sealed record SnapshotNotValidated(Guid StageId, int Attempt, string Reason);

/// <summary>Wakes a validate stage that waits: for an answer, or to ask again.</summary>
public sealed record ValidateWaitOver(Guid StageId, int Wait);
