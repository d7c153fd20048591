using Pipelines.Engine.Definitions;

namespace Pipelines.Engine.Promotions;

/// <summary>The definition that a promotion began with and finishes on, and what was asked for with it. Neither ever changes.</summary>
public interface IPinnedDefinitions
{
    /// <exception cref="KeyNotFoundException">There is no such promotion.</exception>
    Task<PinnedPromotion> PromotionAsync(Guid promotionId, CancellationToken cancellationToken);

    /// <inheritdoc cref="PromotionAsync"/>
    async Task<PinnedDefinition> OfAsync(Guid promotionId, CancellationToken cancellationToken) =>
        (await PromotionAsync(promotionId, cancellationToken)).Definition;
}

/// <summary>What a promotion was accepted with.</summary>
/// <param name="ExistingDigest">The stored snapshot that was asked for; null takes a new one.</param>
public sealed record PinnedPromotion(PinnedDefinition Definition, string RequestedBy, string? ExistingDigest);
