using System.Diagnostics;
using Pipelines.Demo.Steps;

namespace Pipelines.Demo;

/// <summary>The steps in the order in which they are shown.</summary>
internal static class DemoWalk
{
    private static readonly IDemoStep[] Steps =
    [
        new ThePromoteButtonIsPressed(),
        new ASnapshotThatBreaksAtRunTime(),
    ];

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        Screen.Title("The plant starts");
        var since = Stopwatch.GetTimestamp();
        await using var stand = await Plant.StartAsync(cancellationToken);
        await using var engine = await Engine.StartAsync(stand, cancellationToken);
        Screen.Show(stand);
        Screen.Show(engine);
        var summary = new List<string[]> { new[] { "The plant starts", "real processes, all of them", Seconds(since) } };

        var context = new DemoContext(stand, engine);
        foreach (var step in Steps)
        {
            Screen.Title(step.Title);
            since = Stopwatch.GetTimestamp();
            var said = await step.RunAsync(context, cancellationToken);
            summary.Add([step.Title, said, Seconds(since)]);
        }

        Screen.Title("Summary");
        Screen.Table(["step", "what was seen", "took"], summary);
    }

    private static string Seconds(long since) => $"{Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s";
}
