using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Instances;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Engine.Stages.Rollout.Replicas;

/// <summary>
/// Brings one replica back to what it ran before, byte for byte, with the credentials that the engine holds, and proves it. What somebody else
/// deployed meanwhile is not overwritten unless a person wants it.
/// </summary>
public sealed class RestoreReplicaConsumer(ReplicaMeans means, IReplicaLedger ledger, TimeProvider time) : IConsumer<RestoreReplica>
{
    /// <summary>A deploy whose answer was lost may still be on its way to the replica: it gets this long to arrive. Once it has, it is waited for, however long it takes.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(500);

    /// <summary>What a replica holds that could not read its own file when it booted. Nobody deployed that.</summary>
    private static readonly Digest Empty = Digest.Of("[]"u8);

    public async Task Consume(ConsumeContext<RestoreReplica> context)
    {
        var ask = context.Message;
        if (!await ledger.MayStillAsync(ask.Which, ask.Attempt, ask.NotAfter, time, context.CancellationToken))
        {
            return;
        }

        await context.AnswerAsync(
            time,
            ask.NotAfter,
            token => RestoreAsync(ask, token),
            reason => new ReplicaNotRestored(ask.Which.ReplicaId, ask.Attempt, reason, Definite: true),
            () => NotYet(ask, $"'{ask.Which.Replica}' was not done with within {ask.Settings.Deadlines.Answer.TotalSeconds:0} s."));
    }

    private async Task<object> RestoreAsync(RestoreReplica ask, CancellationToken cancellationToken)
    {
        var client = await means.ClientAsync(ask.Which, cancellationToken);
        var before = Digest.Parse(ask.Before.Revision);
        var reading = await client.ReadFlowsAsync(cancellationToken);
        if (reading is Reading<RawFlows>.Read { Value: var held } && held.Digest == before && before != Digest.Parse(ask.SnapshotDigest))
        {
            await Task.Delay(Settle, time, cancellationToken);
            if (await client.OutwaitDeploysAsync(held, cancellationToken) is { } trouble)
            {
                return NotYet(ask, trouble);
            }

            reading = await client.ReadFlowsAsync(cancellationToken);
        }

        if (reading is not Reading<RawFlows>.Read { Value.Digest: var found })
        {
            return NotYet(ask, reading.Trouble!);
        }

        var flows = await means.FlowsAsync(ask.Before.Revision, cancellationToken);
        if (found == before)
        {
            return await ProveAsync(ask, flows, cancellationToken);
        }

        if (found != Digest.Parse(ask.SnapshotDigest) && found != Empty && !ask.Force)
        {
            return new ReplicaNotRestored(ask.Which.ReplicaId, ask.Attempt,
                $"'{ask.Which.Replica}' holds {found.Short}, which is neither what was promoted nor what it ran before: somebody else deployed to it. "
                + "Abort replaces it by what it ran before; or deploy there by hand what it shall run.",
                Definite: true);
        }

        var credentials = await means.CredentialsAsync(ask.Which, flows, cancellationToken);
        return await client.DeployAndReadBackAsync(flows.Raw, found, NodeRed.Admin.DeployType.Full, credentials, MayStill, cancellationToken) switch
        {
            DeployAnswer.Took => await ProveAsync(ask, flows, cancellationToken),
            DeployAnswer.Foreign foreign => NotYet(ask, foreign.Reason),
            DeployAnswer.Refused refused => NotYet(ask, refused.Reason),
            DeployAnswer.Silent silent => NotYet(ask, silent.Reason),
            _ => throw new InvalidOperationException("A deploy is taken, refused, foreign or silent."),
        };

        ValueTask<bool> MayStill(CancellationToken token)
        {
            CrashPoint.Here("call.half", "POST /flows");
            return ledger.MayStillAsync(ask.Which, ask.Attempt, ask.NotAfter, time, token);
        }
    }

    /// <summary>Flows that did not run before cannot be proved to run now: for them the revision is all there is.</summary>
    private async Task<object> ProveAsync(RestoreReplica ask, FlowSet before, CancellationToken cancellationToken)
    {
        if (ask.Before.Ran)
        {
            var verifier = await means.VerifierAsync(ask.Which, patient: true, cancellationToken);
            var order = new VerifyOrder(before) { StartTimeout = ask.Settings.Verification.StartTimeout };
            if ((await verifier.VerifyAsync(order, cancellationToken)).Trouble is { } trouble)
            {
                return NotYet(ask, trouble);
            }
        }

        return new ReplicaTookBack(ask.Which.ReplicaId, ask.Attempt);
    }

    private static ReplicaNotRestored NotYet(RestoreReplica ask, string reason) => new(ask.Which.ReplicaId, ask.Attempt, reason, Definite: false);
}
