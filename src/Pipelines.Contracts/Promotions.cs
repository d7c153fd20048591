namespace Pipelines.Contracts;

/// <summary>A trigger was accepted and its promotion is stored; the conductor starts the first stage.</summary>
/// <param name="PromotionId">The promotion, the same in every message about it.</param>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="RequestedBy">Who or what asked for it.</param>
public sealed record PromotionAccepted(Guid PromotionId, string Pipeline, string RequestedBy);

/// <summary>Asks a promotion to end now: what it touched is restored first. Ignored when it has ended.</summary>
/// <param name="By">Who or what asked.</param>
/// <param name="Reason">Why, in the words of whoever asked; may be empty.</param>
public sealed record AbortPromotion(Guid PromotionId, string By, string? Reason);

/// <summary>Ends a promotion that waits for its turn and whose place another one has taken. It never says so to one that has held a target.</summary>
/// <param name="By">The promotion that took its place.</param>
public sealed record SupersedePromotion(Guid PromotionId, Guid By);

/// <summary>Asks a promotion that needs attention to carry on from where it stands. Ignored otherwise.</summary>
/// <param name="By">Who or what asked.</param>
public sealed record RetryPromotion(Guid PromotionId, string By);

/// <summary>How a promotion ended. Each of them is the end (I9).</summary>
public enum PromotionOutcome
{
    /// <summary>Every replica of every target runs the snapshot, verified.</summary>
    Succeeded,

    /// <summary>It could not be done, and no replica was touched.</summary>
    Failed,

    /// <summary>It could not be done; every touched replica runs again what it ran before.</summary>
    RolledBack,

    /// <summary>Somebody aborted it; every touched replica runs again what it ran before.</summary>
    Aborted,

    /// <summary>A later one of its pipeline took its place while it waited for its turn; no replica was touched.</summary>
    Superseded,
}

/// <summary>The one terminal event of a promotion (I3).</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">The first reason; null when it succeeded.</param>
/// <param name="SnapshotDigest">The snapshot that was promoted; null when none was taken.</param>
public sealed record PromotionEnded(Guid PromotionId, string Pipeline, PromotionOutcome Outcome, string? Reason, string? SnapshotDigest);

/// <summary>A rollout could not be finished and could not be undone within its limits. Somebody must look; retry or abort carries on.</summary>
/// <param name="Reason">The first reason, then what stands in the way.</param>
/// <param name="Replicas">Every replica of the target and what it runs.</param>
public sealed record PromotionNeedsAttention(Guid PromotionId, string Pipeline, string Reason, IReadOnlyList<ReplicaRuns> Replicas);

/// <summary>What a replica runs, as it said itself.</summary>
/// <param name="Replica">The replica's name.</param>
/// <param name="Revision">The revision that it runs; null when it could not be asked.</param>
/// <param name="Problem">Why it could not be asked, or what is wrong with it; null when nothing is.</param>
public sealed record ReplicaRuns(string Replica, string? Revision, string? Problem);

/// <summary>Wakes a conductor that waits longer than its stage may take, so that it asks again.</summary>
public sealed record PromotionWaitOver(Guid PromotionId, int Wait);
