using MassTransit;
using Npgsql;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Triggers.Schedules;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Promotions;

namespace Pipelines.Storage.Schedules;

/// <summary>
/// Accepts many scheduled promotions at once, as <c>PromotionIntake</c> accepts one: in two statements where that takes five for each, and one round trip before the commit. Only of
/// pipelines that let requests stand in line, because nobody else is looked at.
/// </summary>
internal sealed class ScheduledStarts(UnitOfWork unit, KnownPins known, IPublishEndpoint bus)
{
    /// <returns>The pipelines of those that are new, each as often; the others had been accepted before.</returns>
    public async Task<IReadOnlyList<string>> AcceptAsync(IReadOnlyList<(Schedule Schedule, DateTimeOffset Nominal)> starts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (starts.Count == 0)
        {
            return [];
        }

        var pins = starts.Select(x => x.Schedule.Pinned).DistinctBy(x => x.Definition.PinDigest).Where(x => !known.Contains(x.Definition.PinDigest)).ToList();
        var requests = starts.Select(x => (Id: NewId.NextSequentialGuid(), x.Schedule.Pinned, Request: x.Schedule.RequestFor(x.Nominal))).ToList();
        var accepted = (await AcceptAsync(
            new
            {
                pin_digests = pins.Select(x => x.Definition.PinDigest).ToArray(),
                pin_bodies = pins.Select(x => x.Json).ToArray(),
                ids = requests.Select(x => x.Id).ToArray(),
                keys = requests.Select(x => x.Request.IdempotencyKey).ToArray(),
                pipelines = requests.Select(x => x.Request.Definition.Pipeline).ToArray(),
                definitions = requests.Select(x => x.Request.Definition.PinDigest).ToArray(),
                requesters = requests.Select(x => x.Request.RequestedBy).ToArray(),
                notes = requests.Select(x => x.Request.Note).ToArray(),
                lines = requests.Select(x => StoredJson.Of(PromotionLines.Accepted(x.Request))).ToArray(),
                trigger = Schedule.Trigger,
                now,
            },
            cancellationToken)).ToHashSet();
        var isNew = requests.Where(x => accepted.Contains(x.Id)).ToList();
        var places = isNew.SelectMany(x => x.Pinned.Turns.Select(turn => (turn.Target, Stage: DeterministicId.Of(x.Id, turn.StageIndex), x.Id))).ToList();
        unit.Later(ScheduleSql.StandInLine, new
        {
            targets = places.Select(x => x.Target).ToArray(),
            stages = places.Select(x => x.Stage).ToArray(),
            promotions = places.Select(x => x.Id).ToArray(),
        });
        foreach (var (id, _, request) in isNew)
        {
            await bus.Publish(new PromotionAccepted(id, request.Definition.Pipeline, request.RequestedBy), cancellationToken);
        }

        return isNew.ConvertAll(x => x.Request.Definition.Pipeline);
    }

    private async Task<IReadOnlyList<Guid>> AcceptAsync(object arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await unit.QueryAsync<Guid>(ScheduleSql.Accept, arguments, cancellationToken);
        }
        catch (PostgresException e) when (KnownPins.IsMissing(e))
        {
            throw known.Forget(e);
        }
    }
}
