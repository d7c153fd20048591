using Pipelines.Engine.Triggers;

namespace Pipelines.Storage.Promotions;

/// <summary>Lines of the timeline that more than one writes.</summary>
internal static class PromotionLines
{
    /// <summary>The first line of every promotion.</summary>
    public static object Accepted(PromotionRequest request) => new
    {
        request.Trigger,
        request.RequestedBy,
        request.Note,
        request.Definition.Pipeline,
        Definition = request.Definition.Digest,
        request.SnapshotDigest,
        request.Definition.Until,
    };
}
