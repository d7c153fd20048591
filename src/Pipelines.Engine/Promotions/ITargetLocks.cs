namespace Pipelines.Engine.Promotions;

/// <summary>
/// One rollout at a time holds a target (I2), in the order in which their promotions were accepted. It is the promotion that holds it and not a process, so it
/// needs no lease: whichever process takes the next message goes on, and every rollout ends by its own deadlines.
/// </summary>
public interface ITargetLocks
{
    /// <summary>Takes the target, or says that we want it. The token is larger than any before it.</summary>
    /// <returns>The token, or null when it is not our turn; a <c>TargetGranted</c> then comes when it is.</returns>
    Task<long?> TakeAsync(string target, Guid promotionId, Guid stageId, CancellationToken cancellationToken);

    /// <summary>Lets the target go, or leaves the line.</summary>
    /// <returns>The rollout whose turn it is now, which must be told; null when nobody waits.</returns>
    Task<NextInLine?> ReleaseAsync(string target, Guid promotionId, Guid stageId, CancellationToken cancellationToken);

    /// <summary>Leaves the lines of those targets that a promotion, which is over, has not come to.</summary>
    /// <returns>The rollouts whose turn it is now, which must be told.</returns>
    Task<IReadOnlyList<NextInLine>> LeaveAsync(Guid promotionId, CancellationToken cancellationToken);

    /// <summary>Who holds the target, or is before us in its line, in a few words for a reason.</summary>
    Task<string> HolderAsync(string target, Guid stageId, CancellationToken cancellationToken);
}

/// <summary>The rollout that got the target.</summary>
public sealed record NextInLine(string Target, Guid StageId, long Token);
