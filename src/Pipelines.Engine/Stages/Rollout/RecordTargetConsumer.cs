using System.Collections.Concurrent;
using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Instances;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>
/// Keeps what every replica runs, before any is touched (I6). Asks once more whether a rollback could bring it all back: since the validate
/// stage the rollout may have waited behind another one.
/// </summary>
public sealed class RecordTargetConsumer(
    IPinnedDefinitions definitions, InstanceClients instances, FlowSets flowSets, ISnapshotStore store, IReplicaLedger ledger, TimeProvider time)
    : IConsumer<RecordTarget>
{
    private const string CredentialsMustSurvive = "CRED001";

    public async Task Consume(ConsumeContext<RecordTarget> context)
    {
        var ask = context.Message;
        await context.AnswerAsync(
            time,
            ask.NotAfter,
            token => RecordAsync(ask, token),
            reason => new TargetNotRecorded(ask.StageId, ask.Attempt, reason, Definite: true),
            () => NotYet(ask, $"The replicas of '{ask.Target}' were not done with in time. Look whether one hangs."));
    }

    private async Task<object> RecordAsync(RecordTarget ask, CancellationToken cancellationToken)
    {
        var definition = await definitions.OfAsync(ask.PromotionId, cancellationToken);
        var target = definition.Instance(ask.Target);
        var readings = await ReadAllAsync(target, cancellationToken);
        if (readings.FirstOrDefault(x => x.Trouble is not null) is { Trouble: { } trouble })
        {
            return NotYet(ask, trouble);
        }

        if (Loss(definition, target, await flowSets.GetAsync(ask.SnapshotDigest, cancellationToken), readings) is { } loss)
        {
            return new TargetNotRecorded(ask.StageId, ask.Attempt, loss, Definite: true);
        }

        foreach (var present in readings.Select(x => x.Flows!).DistinctBy(x => x.Digest))
        {
            store.Keep(present);
        }

        ledger.Record(ask.StageId, ask.PromotionId, ask.Target, ask.Token, [.. readings.Select(x => new RecordedReplica(x.Replica, x.Flows!.Digest.ToString(), x.Ran))]);
        return new TargetRecorded(ask.StageId, ask.Attempt, readings.Count);
    }

    private static TargetNotRecorded NotYet(RecordTarget ask, string reason) => new(ask.StageId, ask.Attempt, reason, Definite: false);

    private async Task<IReadOnlyList<Present>> ReadAllAsync(InstanceDefinition target, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<string, Present>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            target.Replicas,
            new ParallelOptions { MaxDegreeOfParallelism = Patience.AtOnce, CancellationToken = cancellationToken },
            async (replica, token) => found[replica.Name] = await ReadAsync(target, replica, token));
        return [.. target.Replicas.Select(replica => found[replica.Name])];
    }

    private async Task<Present> ReadAsync(InstanceDefinition target, ReplicaDefinition replica, CancellationToken cancellationToken)
    {
        var client = instances.Replica(target, replica);
        var reading = await client.ReadFlowsAsync(cancellationToken);
        if (reading is not Reading<RawFlows>.Read { Value: var raw })
        {
            return new Present(replica.Name, null, null, false, reading.Trouble);
        }

        if (FlowSet.Parse(raw) is not FlowSetAnswer.Read { Flows: var flows })
        {
            return new Present(replica.Name, raw, null, false, null);
        }

        flowSets.Remember(flows);
        var sample = ProbeSample.Of(flows);
        var probed = await client.ProbeAsync(sample.Ids, cancellationToken);
        var state = await client.ReadStateAsync(cancellationToken);
        if ((probed.Trouble ?? state.Trouble) is { } silent)
        {
            // Whether they ran decides how a restore is proved, so it is not guessed.
            return new Present(replica.Name, raw, flows, false, silent);
        }

        var ran = probed is Reading<ProbeOutcome>.Read { Value.Inactive.Count: 0 } && state is Reading<FlowState>.Read { Value: FlowState.Start };
        return new Present(replica.Name, raw, flows, ran, null);
    }

    private string? Loss(PinnedDefinition definition, InstanceDefinition target, FlowSet snapshot, IReadOnlyList<Present> readings)
    {
        var context = new RuleContext(snapshot)
        {
            Replicas = [.. readings.Select(x => new ReplicaFacts(x.Replica) { Present = x.Flows, PresentFlows = x.Set })],
            Credentials = instances.CredentialsOf(target),
            Settings = new RuleSettings { AllowCredentialLoss = definition.AllowCredentialLoss },
        };
        var finding = RuleBook.All.First(rule => rule.Id == CredentialsMustSurvive).Check(context).FirstOrDefault(x => x.Severity == Severity.Error);
        return finding is null ? null : $"{finding.Rule}: {finding.Reason} {finding.Cure}";
    }

    private sealed record Present(string Replica, RawFlows? Flows, FlowSet? Set, bool Ran, string? Trouble);
}
