namespace Pipelines.Contracts.Events;

// What the outside hears, as CloudEvents on the bus and by webhooks. A field that is added keeps the version; a changed or removed one makes a V2 beside it.

/// <summary>A trigger was accepted; its promotion begins.</summary>
/// <param name="PromotionId">The promotion, the same in every event about it.</param>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Trigger">What asked for it: <c>webhook</c>, <c>api</c>, <c>schedule</c>, <c>bus</c>.</param>
/// <param name="RequestedBy">Who or what asked for it.</param>
/// <param name="Note">Why, in the words of whoever asked.</param>
/// <param name="SnapshotDigest">The stored snapshot that was asked for; absent when a new one is taken.</param>
public sealed record PromotionAcceptedV1(Guid PromotionId, string Pipeline, string Trigger, string RequestedBy, string? Note, string? SnapshotDigest);

/// <summary>A stage began.</summary>
/// <param name="Index">Its place in the pipeline, from 0.</param>
/// <param name="Stage">Its kind: <c>snapshot</c>, <c>validate</c>, <c>rollout</c>, ….</param>
public sealed record StageStartedV1(Guid PromotionId, string Pipeline, int Index, string Stage);

/// <summary>A stage has done its work.</summary>
/// <param name="Index">Its place in the pipeline, from 0.</param>
/// <param name="Stage">Its kind: <c>snapshot</c>, <c>validate</c>, <c>rollout</c>, ….</param>
public sealed record StageSucceededV1(Guid PromotionId, string Pipeline, int Index, string Stage);

/// <summary>A stage could not do its work; what it touched was restored.</summary>
/// <param name="Index">Its place in the pipeline, from 0.</param>
/// <param name="Stage">Its kind: <c>snapshot</c>, <c>validate</c>, <c>rollout</c>, ….</param>
/// <param name="Reason">The first reason, for people.</param>
public sealed record StageFailedV1(Guid PromotionId, string Pipeline, int Index, string Stage, string? Reason);

/// <summary>A stage was stopped by somebody's abort; what it touched was restored.</summary>
/// <param name="Index">Its place in the pipeline, from 0.</param>
/// <param name="Stage">Its kind: <c>snapshot</c>, <c>validate</c>, <c>rollout</c>, ….</param>
/// <param name="Reason">Who stopped it and why, for people.</param>
public sealed record StageCancelledV1(Guid PromotionId, string Pipeline, int Index, string Stage, string? Reason);

/// <summary>A replica runs the snapshot, verified.</summary>
/// <param name="Target">The HA instance.</param>
/// <param name="Replica">The replica's name.</param>
/// <param name="Wave">The wave that it was deployed in, from 0.</param>
public sealed record ReplicaDeployedV1(Guid PromotionId, string Pipeline, string Target, string Replica, int? Wave);

/// <summary>A replica runs again what it ran before.</summary>
/// <param name="Target">The HA instance.</param>
/// <param name="Replica">The replica's name.</param>
/// <param name="Wave">The wave that it was deployed in, from 0.</param>
public sealed record ReplicaRestoredV1(Guid PromotionId, string Pipeline, string Target, string Replica, int? Wave);

/// <summary>The promotion has ended: every replica of every target runs the snapshot, verified.</summary>
/// <param name="SnapshotDigest">What was promoted.</param>
public sealed record PromotionSucceededV1(Guid PromotionId, string Pipeline, string? SnapshotDigest);

/// <summary>The promotion has ended: it could not be done, and no replica was touched.</summary>
/// <param name="Reason">The first reason, for people.</param>
/// <param name="SnapshotDigest">The snapshot; absent when none was taken.</param>
public sealed record PromotionFailedV1(Guid PromotionId, string Pipeline, string? Reason, string? SnapshotDigest);

/// <summary>The promotion has ended: it could not be done, and every touched replica runs again what it ran before.</summary>
/// <param name="Reason">The first reason, for people.</param>
/// <param name="SnapshotDigest">The snapshot that was not kept.</param>
public sealed record PromotionRolledBackV1(Guid PromotionId, string Pipeline, string? Reason, string? SnapshotDigest);

/// <summary>The promotion has ended: somebody aborted it, and every touched replica runs again what it ran before.</summary>
/// <param name="Reason">Who aborted it and why, for people.</param>
/// <param name="SnapshotDigest">The snapshot; absent when none was taken.</param>
public sealed record PromotionAbortedV1(Guid PromotionId, string Pipeline, string? Reason, string? SnapshotDigest);

/// <summary>The promotion has ended before it began: a newer one took its place.</summary>
/// <param name="Reason">Why, for people.</param>
/// <param name="SupersededBy">The promotion that took its place.</param>
public sealed record PromotionSupersededV1(Guid PromotionId, string Pipeline, string? Reason, Guid? SupersededBy);

/// <summary>A rollout could neither be finished nor undone within its limits: somebody must look. Not an end; retry or abort carries on.</summary>
/// <param name="Reason">The first reason, then what stands in the way, for people.</param>
/// <param name="Replicas">Every replica of the target and what it runs.</param>
public sealed record PromotionNeedsAttentionV1(Guid PromotionId, string Pipeline, string Reason, IReadOnlyList<ReplicaRuns> Replicas);

/// <summary>A replica runs something else than what was last rolled out to it.</summary>
/// <param name="Target">The HA instance.</param>
/// <param name="Replica">The replica's name.</param>
/// <param name="Expected">The revision that was last rolled out to it.</param>
/// <param name="Runs">The revision that it runs.</param>
public sealed record DriftSeenV1(Guid PromotionId, string Pipeline, string Target, string Replica, string Expected, string Runs);

/// <summary>A subscriber of webhooks gets nothing more until somebody enables it again.</summary>
/// <param name="SubscriptionId">The subscription; GET /webhooks shows it.</param>
/// <param name="Reason">What it answered, or for how long nothing came through, for people.</param>
public sealed record WebhookDisabledV1(Guid SubscriptionId, string Reason);
