using MassTransit;
using Npgsql;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Triggers;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Outbox;

namespace Pipelines.Storage.Promotions;

internal sealed class PromotionIntake(UnitOfWork unit, BusyTargets busy, IPublishEndpoint bus, KnownPins known, DecisionGate gate, StorageMetrics metrics, TimeProvider time) : IPromotionIntake
{
    private static readonly string Pin = Query.Load("promotions/pin");
    private static readonly string Accept = Query.Load("promotions/accept");
    private static readonly string ByKey = Query.Load("promotions/by_key");

    public async Task<PromotionReceipt> AcceptAsync(PromotionRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var place = gate.Answer();
        unit.Occupy(place);
        var id = NewId.NextSequentialGuid();
        var now = time.GetUtcNow();
        var definition = request.Definition;
        if (!known.Contains(definition.PinDigest))
        {
            await unit.ExecuteAsync(Pin, new { digest = definition.PinDigest, body = definition.ToJson() }, cancellationToken);
        }

        int accepted;
        try
        {
            accepted = await unit.ExecuteAsync(
                Accept,
                new
                {
                    id,
                    idempotency_key = request.IdempotencyKey,
                    pipeline = definition.Pipeline,
                    definition = definition.PinDigest,
                    existing_digest = request.SnapshotDigest,
                    trigger = request.Trigger,
                    requested_by = request.RequestedBy,
                    note = request.Note,
                    now,
                    line = StoredJson.Of(PromotionLines.Accepted(request)),
                },
                cancellationToken);
        }
        catch (PostgresException e) when (KnownPins.IsMissing(e))
        {
            // Not tried again here: what else is in this transaction is not ours to repeat.
            throw known.Forget(e);
        }

        if (accepted == 0)
        {
            var existing = await unit.QuerySingleOrDefaultAsync<Guid>(ByKey, new { idempotency_key = request.IdempotencyKey }, cancellationToken);
            await unit.RollbackAsync();
            return new PromotionReceipt(existing, IsNew: false);
        }

        var turns = definition.Turns();
        try
        {
            await busy.MakeWayAsync(id, definition, turns, cancellationToken);
        }
        catch (PromotionRefusedException)
        {
            await unit.RollbackAsync();
            throw;
        }

        foreach (var turn in turns)
        {
            busy.StandLater(turn.Target, id, DeterministicId.Of(id, turn.StageIndex));
        }

        await bus.Publish(new PromotionAccepted(id, definition.Pipeline, request.RequestedBy), cancellationToken);
        await unit.CommitAsync(cancellationToken);
        known.Add([definition.PinDigest]);
        metrics.Accepted(definition.Pipeline, request.Trigger);
        return new PromotionReceipt(id, IsNew: true);
    }
}
