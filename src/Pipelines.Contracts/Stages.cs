namespace Pipelines.Contracts;

/// <summary>A stage reached its aim; the conductor starts the next.</summary>
/// <param name="StageId">The stage's own identity within its promotion.</param>
/// <param name="SnapshotDigest">The snapshot that the stage took or worked on.</param>
public sealed record StageSucceeded(Guid StageId, Guid PromotionId, string? SnapshotDigest);

/// <summary>A stage could not reach its aim.</summary>
/// <param name="Reason">The first reason.</param>
/// <param name="Restored">Whether replicas had been touched; every one of them runs again what it ran before.</param>
public sealed record StageFailed(Guid StageId, Guid PromotionId, string Reason, bool Restored);

/// <summary>A stage was cancelled; what it had touched runs again what it ran before.</summary>
public sealed record StageCancelled(Guid StageId, Guid PromotionId, string Reason);

/// <summary>A stage can neither go on nor undo what it did, within its limits; it holds still until it is retried or cancelled.</summary>
/// <param name="Replicas">Every replica of the target and what it runs.</param>
public sealed record StageNeedsAttention(Guid StageId, Guid PromotionId, string Reason, IReadOnlyList<ReplicaRuns> Replicas);

/// <summary>Asks a stage to end now and to undo what it did.</summary>
/// <param name="Request">Counts the wishes of people; the message may be repeated, the wish is not.</param>
public sealed record CancelStage(Guid StageId, string By, string? Reason, int Request);

/// <summary>Asks a stage that needs attention to carry on.</summary>
public sealed record RetryStage(Guid StageId, string By);
