using Pipelines.Engine.Promotions;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Locks;

/// <summary>
/// The target's row is the lock under which its line is read and changed. Whoever needs several targets holds them in the order of their names.
/// A target is never left free while the first in line has asked for it.
/// </summary>
internal sealed class TargetLocks(UnitOfWork unit, TimeProvider time) : ITargetLocks
{
    private static readonly string Hold = Query.Load("locks/hold");
    private static readonly string Ask = Query.Load("locks/ask");
    private static readonly string StandInLine = Query.Load("locks/stand_in_line");
    private static readonly string LeaveLine = Query.Load("locks/leave_line");
    private static readonly string LinesOf = Query.Load("locks/lines_of");
    private static readonly string HandOver = Query.Load("locks/hand_over");
    private static readonly string Holder = Query.Load("locks/holder");

    public async Task<long?> TakeAsync(string target, Guid promotionId, Guid stageId, CancellationToken cancellationToken)
    {
        var held = await HoldAsync(target, cancellationToken);
        if (held.StageId == stageId)
        {
            return held.Token;
        }

        // Whoever was accepted before there were places gets one now.
        var now = time.GetUtcNow();
        if (await unit.ExecuteAsync(Ask, new { stage_id = stageId, now }, cancellationToken) == 0)
        {
            await unit.ExecuteAsync(StandInLine, new { target, stage_id = stageId, promotion_id = promotionId, ready_at = now }, cancellationToken);
        }

        return held.StageId is null && await HandOverAsync(target, from: null, cancellationToken) is { } next && next.StageId == stageId ? next.Token : null;
    }

    public async Task<NextInLine?> ReleaseAsync(string target, Guid promotionId, Guid stageId, CancellationToken cancellationToken)
    {
        var held = await HoldAsync(target, cancellationToken);
        if (held.StageId == stageId)
        {
            return await HandOverAsync(target, stageId, cancellationToken);
        }

        await LeaveLineAsync(target, [promotionId], cancellationToken);
        return held.StageId is null ? await HandOverAsync(target, from: null, cancellationToken) : null;
    }

    public async Task<IReadOnlyList<NextInLine>> LeaveAsync(Guid promotionId, CancellationToken cancellationToken) =>
        await LeaveAsync(await unit.QueryAsync<string>(LinesOf, new { promotion_id = promotionId }, cancellationToken), [promotionId], cancellationToken);

    public async Task<string> HolderAsync(string target, Guid stageId, CancellationToken cancellationToken) =>
        await unit.QuerySingleOrDefaultAsync<HolderRow>(Holder, new { target, stage_id = stageId }, cancellationToken) is { } holder
            ? $"promotion {holder.Id} of pipeline '{holder.Pipeline}', asked for by {holder.RequestedBy}, {(holder.Held ? "holds it" : "was accepted before")} and is {holder.State}"
            : "nobody holds it now";

    /// <summary>Gives a promotion that is being accepted its place.</summary>
    internal void StandLater(string target, Guid promotionId, Guid stageId) =>
        unit.Later(StandInLine, new { target, stage_id = stageId, promotion_id = promotionId, ready_at = (DateTimeOffset?)null });

    /// <summary>Takes promotions out of the lines of targets that are held already.</summary>
    internal async Task<IReadOnlyList<NextInLine>> LeaveAsync(IReadOnlyList<string> targets, Guid[] promotions, CancellationToken cancellationToken)
    {
        var next = new List<NextInLine>();
        foreach (var target in targets)
        {
            var held = await HoldAsync(target, cancellationToken);
            await LeaveLineAsync(target, promotions, cancellationToken);
            if (held.StageId is null && await HandOverAsync(target, from: null, cancellationToken) is { } granted)
            {
                next.Add(granted);
            }
        }

        return next;
    }

    internal async Task<Held> HoldAsync(string target, CancellationToken cancellationToken) =>
        await unit.QuerySingleOrDefaultAsync<Held>(Hold, new { target }, cancellationToken) ?? new Held();

    private Task<int> LeaveLineAsync(string target, Guid[] promotions, CancellationToken cancellationToken) =>
        unit.ExecuteAsync(LeaveLine, new { target, promotions }, cancellationToken);

    private async Task<NextInLine?> HandOverAsync(string target, Guid? from, CancellationToken cancellationToken) =>
        await unit.QuerySingleOrDefaultAsync<Held>(HandOver, new { target, stage_id = from, now = time.GetUtcNow() }, cancellationToken)
            is { StageId: { } stage, Token: { } token } ? new NextInLine(target, stage, token) : null;

    internal sealed record Held
    {
        public Guid? StageId { get; init; }

        public long? Token { get; init; }
    }

    private sealed record HolderRow
    {
        public Guid Id { get; init; }

        public string Pipeline { get; init; } = "";

        public string State { get; init; } = "";

        public string RequestedBy { get; init; } = "";

        public bool Held { get; init; }
    }
}
