using Pipelines.Engine.Stages.Snapshot;
using Pipelines.NodeRed.Flows;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Snapshots;

internal sealed class SnapshotStore(UnitOfWork unit, TimeProvider time) : ISnapshotStore
{
    private static readonly string KeepingSql = Query.Load("snapshots/keeping");
    private static readonly string KeepSql = Query.Load("snapshots/keep");
    private static readonly string KeepProvenanceSql = Query.Load("snapshots/keep_provenance");

    public void Keep(RawFlows flows)
    {
        ArgumentNullException.ThrowIfNull(flows);
        unit.Later(KeepingSql);
        unit.Later(KeepSql, new { digest = flows.Digest.ToString(), size = flows.Bytes.Length, compressed = Compression.Pack(flows.Bytes), now = time.GetUtcNow() });
    }

    public void KeepProvenance(SnapshotProvenance provenance)
    {
        ArgumentNullException.ThrowIfNull(provenance);
        unit.Later(KeepProvenanceSql, new
        {
            digest = provenance.Digest.ToString(),
            promotion_id = provenance.PromotionId,
            instance = provenance.Instance,
            node_red_version = provenance.NodeRedVersion,
            types = StoredJson.Of(provenance.Types),
            requested_by = provenance.RequestedBy,
            taken_at = provenance.TakenAt,
        });
    }
}
