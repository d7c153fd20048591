namespace Pipelines.Contracts;

/// <summary>Starts a stage that brings a snapshot to every replica of a target.</summary>
public sealed record StartRollout(Guid StageId, Guid PromotionId, RolloutSettings Settings, string SnapshotDigest);

/// <summary>The target is this stage's until it lets go.</summary>
/// <param name="Token">The fencing token: whoever holds the target later has a larger one (I2).</param>
public sealed record TargetGranted(Guid StageId, string Target, long Token);

/// <summary>Asks what every replica of the target runs, and to keep it, before any is touched.</summary>
/// <param name="Attempt">Counts the questions of this stage; only the answer to the last one is accepted.</param>
public sealed record RecordTarget(Guid StageId, Guid PromotionId, string Target, long Token, string SnapshotDigest, int Attempt, DateTimeOffset NotAfter);

/// <summary>What every replica runs is stored, so that it can be restored (I6).</summary>
/// <param name="Replicas">How many there are.</param>
public sealed record TargetRecorded(Guid StageId, int Attempt, int Replicas);

/// <summary>What one replica ran before it was touched.</summary>
/// <param name="Revision">The digest under which its flows are stored.</param>
/// <param name="Ran">Whether those flows were running; when not, a restore cannot prove more than the revision.</param>
public sealed record RecordedReplica(string Replica, string Revision, bool Ran);

/// <summary>What the replicas run could not be recorded, so none may be touched.</summary>
public sealed record TargetNotRecorded(Guid StageId, int Attempt, string Reason, bool Definite);

/// <summary>Asks what replicas of the target run now: for the people who are called, or before the next wave.</summary>
/// <param name="Replicas">So many, from the first in the order of the rollout on; one whose turn has not come must not hold up the others.</param>
public sealed record SurveyTarget(Guid StageId, Guid PromotionId, string Target, int Replicas, int Attempt, DateTimeOffset NotAfter);

/// <summary>What the replicas that were asked run now, in the order of the rollout.</summary>
public sealed record TargetSurveyed(Guid StageId, int Attempt, IReadOnlyList<ReplicaRuns> Replicas);

/// <summary>Wakes a rollout that waits: for its turn, for an answer, for a wave, for a restore, or for people.</summary>
/// <param name="Wait">Counts the waits of this rollout; only the last one is over.</param>
public sealed record RolloutWaitOver(Guid StageId, int Wait);
