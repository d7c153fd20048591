using Pipelines.NodeRed.Diff;

namespace Pipelines.Engine.Stages.Validate;

/// <summary>Where it is kept what a promotion would change on each target, for people to read before they approve and after it ended.</summary>
public interface IDiffStore
{
    /// <summary>Keeps it with the message's own transaction; a stage that is asked again replaces it.</summary>
    void Keep(Guid promotionId, Guid stageId, string target, TargetDiff diff);
}
