namespace Pipelines.Demo.Steps;

internal sealed class EveryReplicaAnswers : IDemoStep
{
    public string Title => "Every replica runs the same flows";

    public async Task<string> RunAsync(DemoContext context, CancellationToken cancellationToken)
    {
        var production = context.Stand.Production;
        var answers = await production.AskAllAsync("/version", cancellationToken);
        var revisions = await production.RevisionsAsync(cancellationToken);
        Screen.Table(["replica", "revision", "GET /version"], production.Replicas.Select((replica, i) => new[] { replica.Name, revisions[i][..12], answers[i].Body }));
        return revisions.Distinct().Count() == 1 && answers.All(answer => answer.Status == 200)
            ? $"{production.Replicas.Count} replicas, one revision"
            : throw new InvalidOperationException($"The replicas differ: {string.Join(", ", revisions)}; {string.Join(", ", answers.Select(answer => answer.Status))}.");
    }
}
