using Pipelines.Engine.Definitions;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Wiring;

/// <summary>Whether work can be taken: the storage has started, the first token is stored, and the database answers.</summary>
internal sealed class Readiness(IStorageReadiness storage, AdminTokenKeeper adminToken, PromotionReader reader, DefinitionShelf definitions, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Why no request can be served; null when they can. Costs nothing.</summary>
    public string? WhyNotStarted() =>
        !storage.Current.IsReady ? storage.Current.Reason : !adminToken.IsStored ? "Waiting for the admin token to be stored." : null;

    /// <summary>The same, and asks the database.</summary>
    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken)
    {
        var problems = definitions.Problems.Select(x => x.ToString()).ToList();
        if (WhyNotStarted() is { } reason)
        {
            return new("waiting", reason, problems);
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await reader.PingAsync(both.Token);
            return new("ready", null, problems);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new("waiting", $"PostgreSQL does not answer within {Patience.TotalSeconds:0} s.", problems);
        }
        catch (Exception e) when (StorageTrouble.IsAway(e))
        {
            return new("waiting", $"PostgreSQL is away: {e.Message}", problems);
        }
    }
}

/// <param name="Status"><c>ready</c> or <c>waiting</c>.</param>
/// <param name="Reason">What is waited for; null when ready.</param>
/// <param name="Definitions">What is wrong with definition files that were changed since; the last good ones are in force.</param>
internal sealed record ReadinessReport(string Status, string? Reason, IReadOnlyList<string> Definitions);
