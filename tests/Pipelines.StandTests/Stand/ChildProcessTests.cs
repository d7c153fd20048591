using System.Globalization;
using NUnit.Framework;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.StandTests.Stand;

public sealed class ChildProcessTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Test]
    public async Task An_exit_code_and_the_last_words_are_seen()
    {
        await using var child = await ChildProcess.StartAsync(new("failing", "sh", "-c", "echo out; echo err >&2; exit 7"));

        Assert.That(await child.Exited, Is.EqualTo(7));
        Assert.That(child.Log.Lines(), Is.EquivalentTo(["out", "err"]));
    }

    [Test]
    public async Task A_program_that_is_not_there_is_named()
    {
        await using var child = await ChildProcess.StartAsync(new("missing", "no-such-program"));

        Assert.That(await child.Exited, Is.EqualTo(127));
        Assert.That(child.Explain(), Does.Contain("no-such-program"));
    }

    [Test]
    public async Task Who_ignores_the_polite_signal_is_killed_after_the_grace()
    {
        var child = await ChildProcess.StartAsync(new("stubborn", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done") { Grace = TimeSpan.FromMilliseconds(300) });
        await Until.TrueAsync("the trap", () => child.Log.Lines().Contains("ready") ? null : "no line", Soon);

        await child.DisposeAsync();

        Assert.That(await child.Exited, Is.EqualTo(128 + 9));
    }

    [Test]
    public async Task Grandchildren_end_with_the_group()
    {
        var child = await ChildProcess.StartAsync(new("family", "sh", "-c", "sleep 1000 & echo $!; wait"));
        await Until.TrueAsync("the grandchild", () => child.Log.Lines().Count > 0 ? null : "no line", Soon);
        var grandchild = int.Parse(child.Log.Lines()[0], CultureInfo.InvariantCulture);
        Assert.That(Alive(grandchild), Is.True);

        await child.DisposeAsync();

        await Until.TrueAsync("the grandchild to end", () => Alive(grandchild) ? "alive" : null, Soon);
    }

    [Test]
    public async Task Nobody_outlives_a_parent_that_was_killed()
    {
        var folder = Directory.CreateTempSubdirectory("pipelines-orphan-").FullName;
        await using var parent = await ChildProcess.StartAsync(new("parent", "dotnet", "exec", typeof(ChildProcessTests).Assembly.Location, OrphanProgram.Verb, folder));
        await Until.TrueAsync("the child of the child", () => parent.Log.Lines().Any(line => line.StartsWith("child ", StringComparison.Ordinal)) ? null : parent.Explain(), TimeSpan.FromSeconds(30));
        var orphan = int.Parse(parent.Log.Lines().First(line => line.StartsWith("child ", StringComparison.Ordinal))["child ".Length..], CultureInfo.InvariantCulture);
        Assert.That(Alive(orphan), Is.True);

        parent.Kill();
        await parent.Exited;

        await Until.TrueAsync("the orphan to end", () => Alive(orphan) ? "alive" : null, Soon);
        await Until.TrueAsync("the orphan's folder to go", () => Directory.Exists(folder) ? "there" : null, Soon);
    }

    private static bool Alive(int id) => Directory.Exists($"/proc/{id}") && !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
}
