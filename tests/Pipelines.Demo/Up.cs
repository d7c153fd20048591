namespace Pipelines.Demo;

/// <summary>The plant for a person to play with.</summary>
internal static class Up
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        Screen.Title("The plant starts");
        await using var stand = await Plant.StartAsync(cancellationToken);
        await using var engine = await Engine.StartAsync(stand, cancellationToken);
        Screen.Show(stand);
        Screen.Show(engine);
        Screen.Say("Change the flows in the editor of the development instance, deploy them there, then promote them:");
        Console.WriteLine();
        Console.WriteLine(engine.Button.AsCurl());
        Console.WriteLine();
        Screen.Say("It runs until Ctrl-C.");
        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
        Screen.Say("Stopping everything.");
    }
}
