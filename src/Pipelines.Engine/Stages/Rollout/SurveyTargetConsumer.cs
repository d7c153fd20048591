using System.Collections.Concurrent;
using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Instances;
using Pipelines.Engine.Promotions;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>Asks what every replica runs now, so that whoever is called at night need not.</summary>
public sealed class SurveyTargetConsumer(IPinnedDefinitions definitions, InstanceClients instances, IReplicaLedger ledger, TimeProvider time) : IConsumer<SurveyTarget>
{
    public async Task Consume(ConsumeContext<SurveyTarget> context)
    {
        var ask = context.Message;
        var target = (await definitions.OfAsync(ask.PromotionId, context.CancellationToken)).Instance(ask.Target);
        var asked = target.Replicas.Take(ask.Replicas).ToList();
        var found = new ConcurrentDictionary<string, ReplicaRuns>(StringComparer.Ordinal);
        using var clock = time.Until(ask.NotAfter);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, context.CancellationToken);
        try
        {
            await Parallel.ForEachAsync(
                asked,
                new ParallelOptions { MaxDegreeOfParallelism = Patience.AtOnce, CancellationToken = until.Token },
                async (replica, token) => found[replica.Name] = await LookAsync(target, replica, token));
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            // Those that answered are named with what they run; the others say that they did not.
        }

        IReadOnlyList<ReplicaRuns> replicas =
            [.. asked.Select(replica => found.GetValueOrDefault(replica.Name) ?? new ReplicaRuns(replica.Name, null, $"'{replica.Name}' did not answer in time."))];
        ledger.Survey(ask.StageId, replicas);
        await context.Publish(new TargetSurveyed(ask.StageId, ask.Attempt, replicas), context.CancellationToken);
    }

    private async Task<ReplicaRuns> LookAsync(InstanceDefinition target, ReplicaDefinition replica, CancellationToken cancellationToken)
    {
        try
        {
            var client = instances.Replica(target, replica);
            var reading = await client.ReadFlowsAsync(cancellationToken);
            var state = await client.ReadStateAsync(cancellationToken);
            var stopped = state is Reading<FlowState>.Read { Value: not FlowState.Start } ? $"'{replica.Name}' holds its flows and does not run them." : null;
            return new ReplicaRuns(replica.Name, (reading as Reading<RawFlows>.Read)?.Value.Digest.ToString(), reading.Trouble ?? stopped);
        }
        catch (Exception e) when (e.IsPersons())
        {
            return new ReplicaRuns(replica.Name, null, e.Message);
        }
    }
}
