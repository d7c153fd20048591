using Pipelines.Engine.Stages.Validate;
using Pipelines.NodeRed.Rules;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Promotions;

internal sealed class FindingStore(UnitOfWork unit) : IFindingStore
{
    private static readonly string KeepSql = Query.Load("findings/keep");

    public void Keep(Guid promotionId, Guid stageId, IReadOnlyList<Finding> findings) =>
        unit.Later(KeepSql, new
        {
            promotion_id = promotionId,
            stage_id = stageId,
            findings = StoredJson.Of(findings.Select((x, ordinal) => new
            {
                ordinal,
                rule = x.Rule,
                severity = x.Severity,
                reason = x.Reason,
                cure = x.Cure,
                replica = x.Replica,
                node_id = x.NodeId,
                node_name = x.NodeName,
                node_type = x.NodeType,
                tab = x.Tab,
                property = x.Property,
            })),
        });
}
