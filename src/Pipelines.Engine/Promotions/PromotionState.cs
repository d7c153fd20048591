using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Promotions;

/// <summary>One walk of one snapshot through a pipeline: where it stands. The definition it walks by is stored with the promotion.</summary>
public sealed class PromotionState : WaitingSaga
{
    public string Pipeline { get; set; } = "";

    public string RequestedBy { get; set; } = "";

    /// <summary>The kinds of its stages, in order.</summary>
    public List<string> Stages { get; set; } = [];

    /// <summary>The stage that is under way, from 0.</summary>
    public int StageIndex { get; set; }

    public Guid StageId { get; set; }

    public string? SnapshotDigest { get; set; }

    public string? ExistingDigest { get; set; }

    /// <summary>The first reason.</summary>
    public string? Reason { get; set; }

    public string? AbortedBy { get; set; }

    public string? AbortReason { get; set; }

    /// <summary>The promotion that took its place while it waited for its turn.</summary>
    public Guid? SupersededBy { get; set; }

    /// <summary>How often people asked for it.</summary>
    public int AbortRequests { get; set; }

    public PromotionOutcome? Outcome { get; set; }

    public override object WakeUp() => PromotionSteps.Wake(this);

    public override Guid OfPromotion() => CorrelationId;
}
