namespace Pipelines.Demo.Steps;

/// <summary>What the replicas themselves say, each over its own HTTP endpoint: the engine's word is not enough.</summary>
internal static class Proof
{
    public static async Task ThatAllRunAsync(DemoContext context, string revision, string version, CancellationToken cancellationToken)
    {
        var production = context.Stand.Production;
        await Task.WhenAll(production.Replicas.Select(replica => replica.RunningAsync(cancellationToken)));
        var answers = await production.AskAllAsync("/version", cancellationToken);
        var revisions = await production.RevisionsAsync(cancellationToken);
        Screen.Table(["replica", "revision", "GET /version", "restarts"], production.Replicas.Select((replica, i) =>
            new[] { replica.Name, revisions[i][..12], answers[i].Body, $"{replica.RestartCount}" }));
        if (revisions.Any(found => found != revision) || answers.Any(answer => answer.Status != 200 || !answer.Body.Contains($"\"{version}", StringComparison.Ordinal)))
        {
            throw new InvalidOperationException($"Not every replica runs version {version} ({revision[..12]}).");
        }
    }
}
