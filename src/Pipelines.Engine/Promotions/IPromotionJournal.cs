using Pipelines.Contracts;

namespace Pipelines.Engine.Promotions;

/// <summary>
/// What people read about promotions: their rows, and a timeline that is only ever added to (I7). Everything noted is stored with the
/// message's own transaction, or not at all.
/// </summary>
public interface IPromotionJournal
{
    /// <summary>A stage begins.</summary>
    void StageStarted(Guid promotionId, Guid stageId, int index, string kind);

    /// <summary>A stage is in another state; its reason when there is one.</summary>
    void StageIs(Guid promotionId, Guid stageId, string state, string? reason = null);

    /// <summary>The promotion is in another state.</summary>
    /// <param name="ended">Whether this is its end.</param>
    void PromotionIs(Guid promotionId, string state, string? reason, string? snapshotDigest, bool ended);

    /// <summary>A replica is in another state of its rollout.</summary>
    void ReplicaIs(ReplicaInRollout which, string state, int attempt, string? error = null);

    /// <summary>Something else that people want to read in the timeline.</summary>
    /// <param name="type">In the words of the field, such as <c>retry-requested</c>.</param>
    /// <param name="data">A record; stored as JSON. Never a secret.</param>
    void Tell(Guid promotionId, string type, object data);
}
