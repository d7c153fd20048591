using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Locks;

namespace Pipelines.Storage.Promotions;

/// <summary>What becomes of a request, and of those before it, when a target of its pipeline is busy.</summary>
internal sealed class BusyTargets(UnitOfWork unit, TargetLocks locks, IPublishEndpoint bus)
{
    private static readonly string OneAtATime = Query.Load("locks/one_at_a_time");
    private static readonly string InTheWay = Query.Load("locks/in_the_way");
    private static readonly string Waiting = Query.Load("locks/waiting");
    private static readonly string Supersede = Query.Load("locks/supersede");

    /// <exception cref="PromotionRefusedException">The pipeline refuses while somebody else is at its target.</exception>
    public async Task MakeWayAsync(Guid promotion, PinnedDefinition definition, IReadOnlyList<Turn> turns, CancellationToken cancellationToken)
    {
        if (turns.Count > 0 && definition.WhenBusy == WhenBusy.Reject)
        {
            await RejectAsync(promotion, definition.Pipeline, [.. turns.Select(x => x.Target).Order(StringComparer.Ordinal)], cancellationToken);
        }
        else if (turns.Count > 0 && definition.WhenBusy == WhenBusy.Supersede)
        {
            await SupersedeAsync(promotion, definition.Pipeline, cancellationToken);
        }
    }

    public void StandLater(string target, Guid promotion, Guid stage) => locks.StandLater(target, promotion, stage);

    private async Task RejectAsync(Guid promotion, string pipeline, string[] targets, CancellationToken cancellationToken)
    {
        foreach (var target in targets)
        {
            await unit.ExecuteAsync(OneAtATime, new { name = $"target {target}" }, cancellationToken);
        }

        if (await unit.QuerySingleOrDefaultAsync<OtherPromotion>(InTheWay, new { targets, promotion_id = promotion }, cancellationToken) is { } other)
        {
            throw new PromotionRefusedException(
                $"Promotion {other.Id} of pipeline '{other.Pipeline}', asked for by {other.RequestedBy}, is {other.State} and in the way, and '{pipeline}' says whenBusy: reject. "
                + "Ask again when it has ended.")
            { InTheWay = other.Id };
        }
    }

    private async Task SupersedeAsync(Guid promotion, string pipeline, CancellationToken cancellationToken)
    {
        await unit.ExecuteAsync(OneAtATime, new { name = $"pipeline {pipeline}" }, cancellationToken);
        var question = new { pipeline, promotion_id = promotion };
        if (await unit.QueryAsync<Place>(Waiting, question, cancellationToken) is not { Count: > 0 } seen)
        {
            return;
        }

        // Who has got its turn meanwhile is seen once the targets are held, and is left alone.
        var targets = seen.Select(x => x.Target).Distinct(StringComparer.Ordinal).ToList();
        foreach (var target in targets)
        {
            await locks.HoldAsync(target, cancellationToken);
        }

        var promotions = (await unit.QueryAsync<Place>(Waiting, question, cancellationToken)).Select(x => x.PromotionId).Distinct().ToArray();
        await unit.ExecuteAsync(Supersede, new { by = promotion, promotions }, cancellationToken);
        foreach (var next in await locks.LeaveAsync(targets, promotions, cancellationToken))
        {
            await bus.Publish(new TargetGranted(next.StageId, next.Target, next.Token), cancellationToken);
        }

        foreach (var loser in promotions)
        {
            await bus.Publish(new SupersedePromotion(loser, promotion), cancellationToken);
        }
    }

    private sealed record Place
    {
        public string Target { get; init; } = "";

        public Guid PromotionId { get; init; }
    }

    private sealed record OtherPromotion
    {
        public Guid Id { get; init; }

        public string Pipeline { get; init; } = "";

        public string State { get; init; } = "";

        public string RequestedBy { get; init; } = "";
    }
}
