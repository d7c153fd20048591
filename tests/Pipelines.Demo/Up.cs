using Pipelines.Testing.Stand;

namespace Pipelines.Demo;

/// <summary>The plant for a person to play with.</summary>
internal static class Up
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        Screen.Title("The plant starts");
        await using var stand = await TestStand.StartAsync(new StandOptions { RabbitMq = true }, cancellationToken);
        Screen.Show(stand);
        Screen.Say("It runs until Ctrl-C.");
        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
        Screen.Say("Stopping everything.");
    }
}
