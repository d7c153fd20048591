using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Instances;

namespace Pipelines.Engine.Stages.Rollout.Replicas;

/// <summary>Watches one replica for a while. The first look that is not all right ends the soak: flows that crash their process are back soon, and crash again.</summary>
public sealed class SoakReplicaConsumer(ReplicaMeans means, TimeProvider time) : IConsumer<SoakReplica>
{
    public async Task Consume(ConsumeContext<SoakReplica> context)
    {
        var ask = context.Message;
        // Too late to watch is no reason to call the replica failed: it is asked for again.
        if (time.GetUtcNow() >= ask.NotAfter)
        {
            return;
        }

        await context.AnswerAsync(
            time,
            ask.NotAfter,
            token => WatchAsync(ask, token),
            reason => new ReplicaRefused(ask.Which.ReplicaId, ask.Attempt, reason),
            () => new ReplicaRefused(ask.Which.ReplicaId, ask.Attempt, $"'{ask.Which.Replica}' stopped answering while it was watched."));
    }

    private async Task<object> WatchAsync(SoakReplica ask, CancellationToken cancellationToken)
    {
        var flows = await means.FlowsAsync(ask.SnapshotDigest, cancellationToken);
        var verifier = await means.VerifierAsync(ask.Which, patient: false, cancellationToken);
        var order = ReplicaMeans.OrderFor(flows, ask.Settings.Verification);
        while (true)
        {
            var answer = await verifier.VerifyOnceAsync(order, cancellationToken);
            if (answer.Trouble is { } trouble)
            {
                return new ReplicaRefused(ask.Which.ReplicaId, ask.Attempt, $"'{ask.Which.Replica}' did not last the soak. {trouble}");
            }

            var left = ask.Until - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return new ReplicaKeptRunning(ask.Which.ReplicaId, ask.Attempt, ask.Until);
            }

            await Task.Delay(left < ask.Settings.Soak.Interval ? left : ask.Settings.Soak.Interval, time, cancellationToken);
        }
    }
}
