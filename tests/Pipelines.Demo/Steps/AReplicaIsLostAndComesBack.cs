using Pipelines.Testing.Stand;

namespace Pipelines.Demo.Steps;

internal sealed class AReplicaIsLostAndComesBack : IDemoStep
{
    public string Title => "A replica is killed, and its platform brings it back";

    public async Task<string> RunAsync(DemoContext context, CancellationToken cancellationToken)
    {
        var replica = context.Stand.Production[0];
        var before = replica.RestartCount;
        await replica.KillAsync();
        Screen.Say($"{replica.Name} is gone.");
        await Until.TrueAsync($"{replica.Name} to be started again", () => replica.RestartCount > before ? null : "still down", TimeSpan.FromSeconds(20), replica.Explain, cancellationToken);
        await replica.RunningAsync(cancellationToken);
        Screen.Say($"{replica.Name} is back: {(await replica.Admin.AskAsync("/version", cancellationToken)).Body}");
        return $"{replica.Name} runs its flows again";
    }
}
