using MassTransit;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Wiring;

/// <summary>Whether work can be taken: the storage has started, the first token is stored, the database answers, and the bus has its broker.</summary>
internal sealed class Readiness(
    IStorageReadiness storage, AdminTokenKeeper adminToken, PromotionReader reader, DefinitionShelf definitions, SecretResolver secrets, IBusControl bus, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Why no request can be served; null when they can. Costs nothing.</summary>
    public string? WhyNotStarted() =>
        !storage.Current.IsReady ? storage.Current.Reason : !adminToken.IsStored ? "Waiting for the admin token to be stored." : null;

    /// <summary>The same, and asks the database.</summary>
    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken)
    {
        if (WhyNotStarted() is { } reason)
        {
            return Report(null, reason);
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var waiting = await reader.CountDeadLettersAsync(both.Token);
            // What is accepted meanwhile waits in the outbox, so it is a matter of readiness and not of life.
            return Report(waiting, bus.CheckHealth() is { Status: not BusHealthStatus.Healthy } health ? $"The bus is {health.Status}: {health.Description}" : null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Report(null, $"PostgreSQL does not answer within {Patience.TotalSeconds:0} s.");
        }
        catch (Exception e) when (StorageTrouble.IsAway(e))
        {
            return Report(null, $"PostgreSQL is away: {e.Message}");
        }
    }

    private ReadinessReport Report(int? deadLetters, string? reason) => new(
        reason is null ? "ready" : "waiting", reason, definitions.Problems.Count, secrets.CheckSecrets(definitions.Current.Instances.Values).Count, deadLetters);
}

/// <param name="Status"><c>ready</c> or <c>waiting</c>.</param>
/// <param name="Reason">What is waited for; null when ready.</param>
/// <param name="DefinitionProblems">Mistakes in definition files that were changed since; the last good ones are in force. GET /pipelines says which.</param>
/// <param name="MissingSecrets">Secrets of instances that cannot be resolved now. GET /instances says which.</param>
/// <param name="DeadLetters">Messages that were set aside and wait for somebody; null while nobody can count them. GET /dead-letters shows them.</param>
internal sealed record ReadinessReport(string Status, string? Reason, int DefinitionProblems, int MissingSecrets, int? DeadLetters);
