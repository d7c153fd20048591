using Pipelines.Testing.Stand.Processes;

namespace Pipelines.StandTests.Stand;

/// <summary>A process that starts a child and waits to be killed; the test's own executable, called with a verb.</summary>
internal static class OrphanProgram
{
    public const string Verb = "orphan";

    public static async Task<int> RunAsync(string folder)
    {
        await using var child = await ChildProcess.StartAsync(new("child", "sleep", "1000") { FolderToRemoveWithParent = folder });
        Console.WriteLine($"child {child.Id}");
        return await child.Exited;
    }
}
