using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Wiring;

/// <summary>Whether work can be taken: the storage has started, the first token is stored, and the database answers.</summary>
internal sealed class Readiness(
    IStorageReadiness storage, AdminTokenKeeper adminToken, PromotionReader reader, DefinitionShelf definitions, SecretResolver secrets, TimeProvider time)
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
            return Report(reason);
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await reader.PingAsync(both.Token);
            return Report(null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Report($"PostgreSQL does not answer within {Patience.TotalSeconds:0} s.");
        }
        catch (Exception e) when (StorageTrouble.IsAway(e))
        {
            return Report($"PostgreSQL is away: {e.Message}");
        }
    }

    private ReadinessReport Report(string? reason) => new(
        reason is null ? "ready" : "waiting", reason, definitions.Problems.Count, secrets.CheckSecrets(definitions.Current.Instances.Values).Count);
}

/// <param name="Status"><c>ready</c> or <c>waiting</c>.</param>
/// <param name="Reason">What is waited for; null when ready.</param>
/// <param name="DefinitionProblems">Mistakes in definition files that were changed since; the last good ones are in force. GET /pipelines says which.</param>
/// <param name="MissingSecrets">Secrets of instances that cannot be resolved now. GET /instances says which.</param>
internal sealed record ReadinessReport(string Status, string? Reason, int DefinitionProblems, int MissingSecrets);
