using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Instances;
using Pipelines.Engine.Promotions;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Engine.Stages.Snapshot;

/// <summary>Asks an instance for its flows and keeps them, or says why not.</summary>
public sealed class TakeSnapshotConsumer(
    IPinnedDefinitions definitions, InstanceClients instances, FlowSets flowSets, ISnapshotStore store, TimeProvider time) : IConsumer<TakeSnapshot>
{
    public async Task Consume(ConsumeContext<TakeSnapshot> context)
    {
        var ask = context.Message;
        await context.AnswerAsync(
            time,
            ask.NotAfter,
            token => TakeAsync(ask, token),
            reason => new SnapshotNotTaken(ask.StageId, ask.Attempt, reason, Definite: true),
            () => NotYet(ask, $"'{ask.Instance}' was not done with in time. Look whether it hangs."));
    }

    private async Task<object> TakeAsync(TakeSnapshot ask, CancellationToken cancellationToken)
    {
        if (ask.ExistingDigest is { } existing)
        {
            await flowSets.GetAsync(existing, cancellationToken);
            return new SnapshotTaken(ask.StageId, ask.Attempt, existing);
        }

        var definition = await definitions.OfAsync(ask.PromotionId, cancellationToken);
        var client = instances.Development(definition.Instance(ask.Instance));
        var (reading, settings, sets) = (client.ReadFlowsAsync(cancellationToken), client.ReadSettingsAsync(cancellationToken), client.ReadNodeSetsAsync(cancellationToken));
        await Task.WhenAll(reading, settings, sets);
        if ((await reading, await settings, await sets) is not (Reading<RawFlows>.Read { Value: var raw }, Reading<RuntimeSettings>.Read { Value: var runtime }, Reading<IReadOnlyList<NodeSet>>.Read { Value: var nodeSets }))
        {
            return NotYet(ask, (await reading).Trouble ?? (await settings).Trouble ?? (await sets).Trouble!);
        }

        if (FlowSet.Parse(raw) is not FlowSetAnswer.Read { Flows: { Nodes.Count: > 0 } flows })
        {
            var why = FlowSet.Parse(raw) is FlowSetAnswer.Refused refused
                ? $"The flows of '{ask.Instance}' cannot be taken: they {refused.Reason}"
                : $"'{ask.Instance}' has no flows. Deploy them there first, then promote again.";
            return new SnapshotNotTaken(ask.StageId, ask.Attempt, why, Definite: true);
        }

        flowSets.Remember(flows);
        store.Keep(raw);
        store.KeepProvenance(new SnapshotProvenance(
            raw.Digest, ask.PromotionId, ask.Instance, runtime.Version, OriginsOf(flows, nodeSets), ask.RequestedBy, time.GetUtcNow()));
        return new SnapshotTaken(ask.StageId, ask.Attempt, raw.Digest.ToString());
    }

    /// <summary>Silence, a page instead of JSON, still booting: all of it may pass, so it is asked again.</summary>
    private static SnapshotNotTaken NotYet(TakeSnapshot ask, string reason) => new(ask.StageId, ask.Attempt, reason, Definite: false);

    private static List<TypeOrigin> OriginsOf(FlowSet flows, IReadOnlyList<NodeSet> sets) =>
        [.. from set in sets
            from type in set.Types
            where flows.TypesUsed.Contains(type)
            orderby type
            select new TypeOrigin(type, set.Module, set.Version)];
}
