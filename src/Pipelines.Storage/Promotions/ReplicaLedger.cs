using Pipelines.Contracts;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Promotions;

internal sealed class ReplicaLedger(UnitOfWork unit, Outside outside, TimeProvider time) : IReplicaLedger
{
    private static readonly string RecordSql = Query.Load("replicas/record");
    private static readonly string ReadSql = Query.Load("replicas/read");
    private static readonly string TouchSql = Query.Load("replicas/touch");
    private static readonly string IsOpenSql = Query.Load("replicas/is_open");
    private static readonly string SurveySql = Query.Load("replicas/survey");

    public void Record(Guid stageId, Guid promotionId, string target, long token, IReadOnlyList<RecordedReplica> replicas) =>
        unit.Later(RecordSql, new
        {
            stage_id = stageId,
            promotion_id = promotionId,
            target,
            token,
            now = time.GetUtcNow(),
            replicas = StoredJson.Of(replicas.Select((x, index) => new { index, x.Replica, x.Revision, x.Ran })),
        });

    public Task<IReadOnlyList<RecordedReplica>> ReadAsync(Guid stageId, int from, int count, CancellationToken cancellationToken) =>
        unit.QueryAsync<RecordedReplica>(ReadSql, new { stage_id = stageId, from_index = from, count }, cancellationToken);

    public void Touch(Guid stageId, string target, long token, int from, int count, int wave) =>
        unit.Later(
            TouchSql, new { stage_id = stageId, target, token, from_index = from, count, wave, now = time.GetUtcNow() }, mustAffect: count);

    public Task<bool> IsOpenAsync(ReplicaInRollout which, int attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(which);
        return outside.QuerySingleOrDefaultAsync<bool>(
            IsOpenSql, new { stage_id = which.StageId, index = which.Index, attempt, token = which.Token }, cancellationToken);
    }

    public void Survey(Guid stageId, IReadOnlyList<ReplicaRuns> replicas) =>
        unit.Later(SurveySql, new
        {
            stage_id = stageId,
            now = time.GetUtcNow(),
            replicas = StoredJson.Of(replicas.Select(x => new { x.Replica, Runs = x.Revision, x.Problem })),
        });
}
