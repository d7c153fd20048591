using Pipelines.Engine.Stages.Validate;
using Pipelines.NodeRed.Diff;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Snapshots;

namespace Pipelines.Storage.Promotions;

internal sealed class DiffStore(UnitOfWork unit) : IDiffStore
{
    private static readonly string KeepSql = Query.Load("diffs/keep");

    public void Keep(Guid promotionId, Guid stageId, string target, TargetDiff diff)
    {
        var json = TargetDiffJson.Write(target, diff);
        unit.Later(KeepSql, new { promotion_id = promotionId, stage_id = stageId, target, size = json.Length, compressed = Compression.Pack(json) });
    }
}
