namespace Pipelines.Engine.Stages.Rollout;

/// <summary>
/// One rollout at a time holds a target (I2). It is the promotion that holds it and not a process, so it needs no lease: whichever process takes
/// the next message goes on, and every rollout ends by its own deadlines.
/// </summary>
public interface ITargetLocks
{
    /// <summary>Takes the target, or stands in line. The token is larger than any before it.</summary>
    /// <returns>The token, or null when another rollout holds the target; a <c>TargetGranted</c> then comes when it is our turn.</returns>
    Task<long?> TakeAsync(string target, Guid promotionId, Guid stageId, CancellationToken cancellationToken);

    /// <summary>Lets the target go, or leaves the line.</summary>
    /// <returns>The rollout whose turn it is now, which must be told; null when nobody waits.</returns>
    Task<NextInLine?> ReleaseAsync(string target, Guid stageId, CancellationToken cancellationToken);

    /// <summary>Who holds the target, in a few words for a reason.</summary>
    Task<string> HolderAsync(string target, CancellationToken cancellationToken);
}

/// <summary>The rollout that got the target.</summary>
public sealed record NextInLine(Guid StageId, long Token);
