using Pipelines.Contracts;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>
/// What each replica of a rollout ran before, and whether it was touched: written down before it is touched (I6). One row a replica, so that
/// a rollout over a thousand of them stays as light as one over two.
/// </summary>
public interface IReplicaLedger
{
    /// <summary>
    /// Writes down what every replica runs, in the order of the rollout. A second record of the same rollout changes nothing, and neither does one
    /// under a token that does not hold the target any more.
    /// </summary>
    void Record(Guid stageId, Guid promotionId, string target, long token, IReadOnlyList<RecordedReplica> replicas);

    /// <summary>What was written down, from one place in the order on.</summary>
    Task<IReadOnlyList<RecordedReplica>> ReadAsync(Guid stageId, int from, int count, CancellationToken cancellationToken);

    /// <summary>Writes <em>touched</em> on some replicas. The transaction fails when the target is no longer held with this token.</summary>
    void Touch(Guid stageId, string target, long token, int from, int count, int wave);

    /// <summary>Whether a question about a replica still waits for its answer, and its target is still held: asked right before the replica is touched.</summary>
    Task<bool> IsOpenAsync(ReplicaInRollout which, int attempt, CancellationToken cancellationToken);

    /// <summary>Writes down what the replicas were found to run.</summary>
    void Survey(Guid stageId, IReadOnlyList<ReplicaRuns> replicas);
}

internal static class ReplicaFence
{
    /// <summary>
    /// Whether a replica may still be touched for this question: the token counts, and the clock before and after it, because a process may be
    /// paused between any two lines. Node-RED's revision alone would not do: after a rollback it is the very one that the late deploy expects.
    /// </summary>
    public static async ValueTask<bool> MayStillAsync(
        this IReplicaLedger ledger, ReplicaInRollout which, int attempt, DateTimeOffset notAfter, TimeProvider time, CancellationToken cancellationToken) =>
        time.GetUtcNow() < notAfter && await ledger.IsOpenAsync(which, attempt, cancellationToken) && time.GetUtcNow() < notAfter;
}
