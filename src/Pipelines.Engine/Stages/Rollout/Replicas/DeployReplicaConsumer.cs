using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Instances;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Engine.Stages.Rollout.Replicas;

/// <summary>
/// Deploys the snapshot on one replica and proves that it runs. Looks before it acts, posts with the revision that was recorded, and reads back:
/// so that it may be killed, repeated or late without harm.
/// </summary>
public sealed class DeployReplicaConsumer(ReplicaMeans means, IReplicaLedger ledger, TimeProvider time) : IConsumer<DeployReplica>
{
    public async Task Consume(ConsumeContext<DeployReplica> context)
    {
        var ask = context.Message;
        // A question that is not open any more is an echo: the replica may be on its way back.
        if (!await ledger.MayStillAsync(ask.Which, ask.Attempt, ask.NotAfter, time, context.CancellationToken))
        {
            return;
        }

        await context.AnswerAsync(
            time,
            ask.NotAfter,
            token => DeployAsync(ask, token),
            reason => new ReplicaRefused(ask.Which.ReplicaId, ask.Attempt, reason),
            () => new ReplicaSilent(ask.Which.ReplicaId, ask.Attempt, $"'{ask.Which.Replica}' was not done with within {ask.Settings.Deadlines.Answer.TotalSeconds:0} s."));
    }

    private async Task<object> DeployAsync(DeployReplica ask, CancellationToken cancellationToken)
    {
        var flows = await means.FlowsAsync(ask.SnapshotDigest, cancellationToken);
        var client = await means.ClientAsync(ask.Which, cancellationToken);
        var credentials = await means.CredentialsAsync(ask.Which, flows, cancellationToken);
        var expected = Digest.Parse(ask.Before.Revision);
        // Node-RED does not restart a node of which only the credentials changed: a partial deploy would leave it running with the old ones.
        var type = credentials.IsEmpty ? ReplicaMeans.TypeOf(ask.Settings.DeployType) : NodeRed.Admin.DeployType.Full;
        return await client.DeployAndReadBackAsync(flows.Raw, expected, type, credentials, MayStill, cancellationToken) switch
        {
            DeployAnswer.Took => await VerifyAsync(ask, flows, cancellationToken),
            DeployAnswer.Silent silent => new ReplicaSilent(ask.Which.ReplicaId, ask.Attempt, silent.Reason),
            DeployAnswer.Foreign foreign => new ReplicaRefused(ask.Which.ReplicaId, ask.Attempt, foreign.Reason),
            DeployAnswer.Refused refused => new ReplicaRefused(ask.Which.ReplicaId, ask.Attempt, refused.Reason),
            _ => throw new InvalidOperationException("A deploy is taken, refused, foreign or silent."),
        };

        ValueTask<bool> MayStill(CancellationToken token)
        {
            CrashPoint.Here("call.half", "POST /flows");
            return ledger.MayStillAsync(ask.Which, ask.Attempt, ask.NotAfter, time, token);
        }
    }

    private async Task<object> VerifyAsync(DeployReplica ask, FlowSet flows, CancellationToken cancellationToken)
    {
        var verifier = await means.VerifierAsync(ask.Which, patient: true, cancellationToken);
        var answer = await verifier.VerifyAsync(ReplicaMeans.OrderFor(flows, ask.Settings.Verification), cancellationToken);
        return answer.Trouble is { } trouble
            ? new ReplicaRefused(ask.Which.ReplicaId, ask.Attempt, trouble)
            : new ReplicaTook(ask.Which.ReplicaId, ask.Attempt);
    }
}
