using Pipelines.Testing.Stand.Flows;

namespace Pipelines.Demo.Steps;

internal sealed class ThePromoteButtonIsPressed : IDemoStep
{
    public string Title => "The promote button is pressed, as the platform would: a signed webhook";

    public async Task<string> RunAsync(DemoContext context, CancellationToken cancellationToken)
    {
        await context.Stand.Development.Admin.DeployAsync(SampleFlows.GatewayV2, cancellationToken);
        var revision = await context.Stand.Development.Admin.RevisionAsync(cancellationToken);
        var ended = await Live.FollowAsync(context, cancellationToken);
        if (ended.GetProperty("state").GetString() != "Succeeded")
        {
            throw new InvalidOperationException($"The promotion should have succeeded: {ended.GetRawText()}");
        }

        await Proof.ThatAllRunAsync(context, revision, "2", cancellationToken);
        return "Succeeded: every replica runs version 2, verified";
    }
}
