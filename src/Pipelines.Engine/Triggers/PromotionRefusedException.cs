namespace Pipelines.Engine.Triggers;

/// <summary>A request that is understood and yet begins no promotion. Nothing was stored.</summary>
public sealed class PromotionRefusedException(string message) : Exception(message)
{
    /// <summary>The promotion that stands in the way; null when it is something else.</summary>
    public Guid? InTheWay { get; init; }
}
