using Pipelines.Engine.Definitions;

namespace Pipelines.Engine.Triggers;

/// <summary>A request to promote, from whichever trigger.</summary>
/// <param name="IdempotencyKey">The same request, delivered again, has the same key: <c>hook:plant-a:msg_1</c>.</param>
/// <param name="Definition">Pinned when the request was accepted.</param>
/// <param name="SnapshotDigest">A stored snapshot to promote; null takes a new one.</param>
/// <param name="Trigger">What started it: <c>webhook</c>, <c>api</c>.</param>
/// <param name="RequestedBy">Who or what asked.</param>
public sealed record PromotionRequest(
    string IdempotencyKey, PinnedDefinition Definition, string? SnapshotDigest, string Trigger, string RequestedBy, string? Note);

/// <summary>What became of a request.</summary>
/// <param name="IsNew">False when the same request had been accepted before.</param>
public sealed record PromotionReceipt(Guid PromotionId, bool IsNew);

/// <summary>The one door through which promotions begin (I3): the request, the promotion and its first message are stored together, before anybody is answered.</summary>
public interface IPromotionIntake
{
    /// <exception cref="PromotionRefusedException">The pipeline does not want it now, or what it names is not there.</exception>
    Task<PromotionReceipt> AcceptAsync(PromotionRequest request, CancellationToken cancellationToken);
}
