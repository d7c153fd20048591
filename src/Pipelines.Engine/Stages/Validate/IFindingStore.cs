using Pipelines.NodeRed.Rules;

namespace Pipelines.Engine.Stages.Validate;

/// <summary>Where the findings of a validate stage are kept for people to read.</summary>
public interface IFindingStore
{
    /// <summary>Replaces the findings of the stage, with the message's own transaction.</summary>
    void Keep(Guid promotionId, Guid stageId, IReadOnlyList<Finding> findings);
}
