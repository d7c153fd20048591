using System.Collections.Concurrent;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Promotions;

namespace Pipelines.Storage.Promotions;

/// <summary>Pinned definitions never change, so each is read once in a while; the few hundred that were last asked for stay in memory.</summary>
internal sealed class PinnedDefinitions(Outside outside) : IPinnedDefinitions
{
    private const int Kept = 512;
    private static readonly string Read = Query.Load("promotions/pinned");
    private readonly ConcurrentDictionary<Guid, PinnedPromotion> _known = new();

    public async Task<PinnedPromotion> PromotionAsync(Guid promotionId, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(promotionId, out var known))
        {
            return known;
        }

        var row = await outside.QuerySingleOrDefaultAsync<Row>(Read, new { id = promotionId }, cancellationToken)
            ?? throw new KeyNotFoundException($"There is no promotion {promotionId}.");
        var promotion = new PinnedPromotion(PinnedDefinition.FromJson(row.Definition), row.RequestedBy, row.ExistingDigest);
        if (_known.Count >= Kept)
        {
            _known.Clear();
        }

        _known[promotionId] = promotion;
        return promotion;
    }

    private sealed record Row
    {
        public string Definition { get; init; } = "";

        public string RequestedBy { get; init; } = "";

        public string? ExistingDigest { get; init; }
    }
}
