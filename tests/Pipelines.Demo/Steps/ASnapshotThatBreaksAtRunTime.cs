using Pipelines.Testing.Stand.Flows;

namespace Pipelines.Demo.Steps;

internal sealed class ASnapshotThatBreaksAtRunTime : IDemoStep
{
    public string Title => "A snapshot that deploys, answers, and crashes its process three seconds later";

    public async Task<string> RunAsync(DemoContext context, CancellationToken cancellationToken)
    {
        var before = (await context.Stand.Production.RevisionsAsync(cancellationToken)).Distinct().Single();
        // The development instance gets it as a stored file would: nobody has to watch it crash there first.
        await context.Stand.Development.Admin.DeployAsync(SampleFlows.GatewayBrokenAtRunTime, cancellationToken);
        var ended = await Live.FollowAsync(context, cancellationToken);
        if (ended.GetProperty("state").GetString() != "RolledBack")
        {
            throw new InvalidOperationException($"The promotion should have been rolled back: {ended.GetRawText()}");
        }

        await Proof.ThatAllRunAsync(context, before, "2", cancellationToken);
        return "RolledBack: one replica was hit, and runs again what it ran";
    }
}
