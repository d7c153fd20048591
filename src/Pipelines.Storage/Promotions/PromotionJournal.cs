using Pipelines.Contracts;
using Pipelines.Engine.Promotions;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Promotions;

internal sealed class PromotionJournal(UnitOfWork unit, TimeProvider time) : IPromotionJournal
{
    private static readonly string StageStartedSql = Query.Load("promotions/stage_started");
    private static readonly string StageIsSql = Query.Load("promotions/stage_is");
    private static readonly string PromotionIsSql = Query.Load("promotions/is");
    private static readonly string ReplicaIsSql = Query.Load("replicas/is");
    private static readonly string TellSql = Query.Load("promotions/tell");

    public void StageStarted(Guid promotionId, Guid stageId, int index, string kind) =>
        unit.Later(StageStartedSql, new { promotion_id = promotionId, stage_id = stageId, index, kind, now = time.GetUtcNow() });

    public void StageIs(Guid promotionId, Guid stageId, string state, string? reason = null) =>
        unit.Later(StageIsSql, new { stage_id = stageId, state, reason = reason, now = time.GetUtcNow() });

    public void PromotionIs(Guid promotionId, string state, string? reason, string? snapshotDigest, bool ended) =>
        unit.Later(PromotionIsSql, new
        {
            id = promotionId,
            state,
            reason = reason,
            snapshot_digest = snapshotDigest,
            ended,
            now = time.GetUtcNow(),
        });

    public void ReplicaIs(ReplicaInRollout which, string state, int attempt, string? error = null)
    {
        ArgumentNullException.ThrowIfNull(which);
        unit.Later(ReplicaIsSql, new { stage_id = which.StageId, index = which.Index, token = which.Token, state, attempt, error = error, now = time.GetUtcNow() });
    }

    public void Tell(Guid promotionId, string type, object data) =>
        unit.Later(TellSql, new { id = promotionId, now = time.GetUtcNow(), type, data = StoredJson.Of(data) });
}
