using Pipelines.Engine.Stages.Rollout;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Locks;

internal sealed class TargetLocks(UnitOfWork unit, TimeProvider time) : ITargetLocks
{
    private static readonly string Take = Query.Load("locks/take");
    private static readonly string StandInLine = Query.Load("locks/stand_in_line");
    private static readonly string LeaveLine = Query.Load("locks/leave_line");
    private static readonly string Hold = Query.Load("locks/hold");
    private static readonly string HandOver = Query.Load("locks/hand_over");
    private static readonly string Holder = Query.Load("locks/holder");

    public async Task<long?> TakeAsync(string target, Guid promotionId, Guid stageId, CancellationToken cancellationToken)
    {
        var token = await unit.QuerySingleOrDefaultAsync<long?>(
            Take, new { target, stage_id = stageId, promotion_id = promotionId, now = time.GetUtcNow() }, cancellationToken);
        if (token is null)
        {
            unit.Later(StandInLine, new { target, stage_id = stageId, promotion_id = promotionId });
        }

        return token;
    }

    public async Task<NextInLine?> ReleaseAsync(string target, Guid stageId, CancellationToken cancellationToken)
    {
        var ours = await unit.QuerySingleOrDefaultAsync<bool?>(Hold, new { target, stage_id = stageId }, cancellationToken);
        if (ours != true)
        {
            await unit.ExecuteAsync(LeaveLine, new { stage_id = stageId }, cancellationToken);
            return null;
        }

        var next = await unit.QuerySingleOrDefaultAsync<Next>(HandOver, new { target, stage_id = stageId, now = time.GetUtcNow() }, cancellationToken);
        return next is { StageId: { } stage, Token: { } token } ? new NextInLine(stage, token) : null;
    }

    public async Task<string> HolderAsync(string target, CancellationToken cancellationToken) =>
        await unit.QuerySingleOrDefaultAsync<HolderRow>(Holder, new { target }, cancellationToken) is { } holder
            ? $"promotion {holder.Id} of pipeline '{holder.Pipeline}', asked for by {holder.RequestedBy}, holds it and is {holder.State}"
            : "nobody holds it now";

    private sealed record Next
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
    }
}
