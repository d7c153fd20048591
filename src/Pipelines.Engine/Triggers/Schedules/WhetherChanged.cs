using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Instances;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Engine.Triggers.Schedules;

/// <summary>
/// Asks the development instance and every replica of every target what they hold. Who cannot be asked counts as changed: a promotion asks again with patience,
/// and says aloud what it cannot reach, where a schedule that is quietly left out would hide it.
/// </summary>
public sealed class WhetherChanged(InstanceClients clients, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>The digest that all of them hold, or null when they differ or cannot be asked.</returns>
    public async Task<string?> CommonDigestAsync(PinnedDefinition definition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(definition);
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var snapshot = definition.Stages.First(x => x.Kind == "snapshot").SettingsAs<SnapshotSettings>();
            var wanted = await DigestAsync(clients.Development(definition.Instance(snapshot.From)), both.Token);
            if (wanted is null)
            {
                return null;
            }

            var replicas = definition.Turns().Select(x => definition.Instance(x.Target)).SelectMany(target => target.Replicas.Select(replica => (target, replica)));
            await Parallel.ForEachAsync(
                replicas,
                new ParallelOptions { MaxDegreeOfParallelism = Instances.Patience.AtOnce, CancellationToken = both.Token },
                async (x, token) =>
                {
                    var client = clients.Replica(x.target, x.replica);
                    // Flows that are held and stopped are not run; an instance that does not tell its state is believed.
                    if (await DigestAsync(client, token) != wanted || await client.ReadStateAsync(token) is Reading<FlowState>.Read { Value: not FlowState.Start })
                    {
                        await both.CancelAsync();
                    }
                });
            both.Token.ThrowIfCancellationRequested();
            return wanted.ToString();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e.IsPersons())
        {
            return null;
        }
    }

    private static async Task<Digest?> DigestAsync(AdminClient client, CancellationToken cancellationToken) =>
        await client.ReadFlowsAsync(cancellationToken) is Reading<RawFlows>.Read { Value.Digest: var digest } ? digest : null;
}
