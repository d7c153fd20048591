using System.Text;
using NUnit.Framework;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.StandTests.Fire;

/// <summary>What is given to users cannot be told to die.</summary>
public sealed class ReleaseBuildTests
{
    private static readonly string[] OfTheHooks = ["PIPELINES_CRASH", "commit.before", "send.after", "call.half", "number.before", "publish.before", "delete.after"];

    [Test]
    public async Task A_release_build_has_no_fault_hooks()
    {
        var folder = Directory.CreateTempSubdirectory("pipelines-release-").FullName;
        try
        {
            await using var build = await ChildProcess.StartAsync(new ChildProcessOptions(
                "dotnet build", "dotnet", "build", Path.Combine(Repository.Root, "src", "Pipelines.Service"), "--configuration", "Release", "--no-restore", "--nologo",
                "--output", folder, "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false"));
            Assert.That(await build.Exited.WaitAsync(TimeSpan.FromMinutes(5)), Is.Zero, build.Explain(40));

            var ours = Directory.GetFiles(folder, "Pipelines.*.dll");
            Assert.That(ours.Select(Path.GetFileName), Is.SupersetOf(["Pipelines.Service.dll", "Pipelines.Storage.dll", "Pipelines.Engine.dll"]));
            Assert.Multiple(() =>
            {
                foreach (var file in ours)
                {
                    // Literals are UTF-16 in an assembly, names UTF-8.
                    var bytes = File.ReadAllBytes(file);
                    Assert.That(OfTheHooks.Where(text => bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) >= 0), Is.Empty, Path.GetFileName(file));
                    Assert.That(bytes.AsSpan().IndexOf("CrashingHandler"u8), Is.Negative, Path.GetFileName(file));
                    // The Engine has the empty shell; nobody else even names it.
                    Assert.That(bytes.AsSpan().IndexOf("CrashPoint"u8) >= 0, Is.EqualTo(Path.GetFileName(file) == "Pipelines.Engine.dll"), Path.GetFileName(file));
                }
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
