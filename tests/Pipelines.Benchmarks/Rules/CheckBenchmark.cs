using System.Diagnostics;
using System.Text;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;
using Pipelines.Testing;
using Pipelines.Testing.Stand.Flows;

namespace Pipelines.Benchmarks.Rules;

/// <summary>
/// The check against nrlint on the same files in the same run: as whole processes, and in the process as time. Prints and asserts nothing.
/// nrlint comes from npm into artifacts; without npm only the check is measured.
/// </summary>
internal static class CheckBenchmark
{
    private const string Nrlint = "nrlint@1.2.0";
    private const int Rounds = 7;

    public static async Task<int> RunAsync()
    {
        var folder = Path.Combine(Golden.Root, "artifacts", "bench-rules");
        Directory.CreateDirectory(folder);
        var cli = await PublishAsync(folder);
        var nrlint = await InstallAsync(folder);
        Console.WriteLine("nodes    in-process: cold  warm  allocated   whole process: check   nrlint   ratio   in-process nrlint   ratio");
        foreach (var (nodes, context) in new[] { (1_000, false), (5_000, false), (10_000, false), (10_000, true) })
        {
            var file = Path.Combine(folder, $"{nodes}{(context ? "-context" : "")}.flows.json");
            var flows = SyntheticFlows.FlowsOf(nodes);
            // The harder case: every function uses context, so every function is parsed and a third of the nodes is found.
            await File.WriteAllTextAsync(file, context ? flows.Replace("msg.steps =", "const store = flow; store.set('n', store.get('n')); msg.steps =", StringComparison.Ordinal) : flows);
            var bytes = await File.ReadAllBytesAsync(file);
            var cold = Check(bytes);
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            _ = Check(bytes);
            allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            var warm = Median(() => Check(bytes));
            var whole = await MedianAsync(() => ProcessAsync(folder, cli, "check", file));
            if (nrlint is null)
            {
                Console.WriteLine($"{nodes,-6}{(context ? "c" : " ")}  {cold.TotalMilliseconds,16:f1} {warm.TotalMilliseconds,5:f1} {allocated / 1048576.0,7:f1} MB {whole.TotalMilliseconds,22:f0} ms   (no npm)");
                continue;
            }
            var theirs = await MedianAsync(() => ProcessAsync(folder, "node", nrlint, "-c", Path.Combine(folder, ".nrlintrc.js"), "-f", "json", file));
            // Their start without work is that of an empty file; what is left is their work.
            var empty = Path.Combine(folder, "empty.flows.json");
            await File.WriteAllTextAsync(empty, "[]");
            var start = await MedianAsync(() => ProcessAsync(folder, "node", nrlint, "-c", Path.Combine(folder, ".nrlintrc.js"), "-f", "json", empty));
            var inside = theirs - start;
            Console.WriteLine(
                $"{nodes,-6}{(context ? "c" : " ")}  {cold.TotalMilliseconds,16:f1} {warm.TotalMilliseconds,5:f1} {allocated / 1048576.0,7:f1} MB {whole.TotalMilliseconds,22:f0} ms {theirs.TotalMilliseconds,6:f0} ms {theirs / whole,5:f1} × {inside.TotalMilliseconds,14:f0} ms {inside / warm,8:f0} ×");
        }
        return 0;
    }

    private static TimeSpan Check(byte[] bytes)
    {
        var start = Stopwatch.GetTimestamp();
        var file = ((FlowFileAnswer.Read)FlowFile.Read(bytes)).File;
        _ = RuleBook.Check(new RuleContext(file.Flows), Profile.Ha);
        return Stopwatch.GetElapsedTime(start);
    }

    // As people install it: compiled ahead, framework-dependent.
    private static async Task<string> PublishAsync(string folder)
    {
        var to = Path.Combine(folder, "cli");
        await ProcessAsync(Golden.Root, "dotnet", "publish", "src/Pipelines.Cli", "-c", "Release", "-o", to, "-p:PublishReadyToRun=true", "--use-current-runtime", "--self-contained", "false", "-v", "q", "-p:RestoreLockedMode=false", "-p:NuGetLockFilePath=obj/published.lock.json");
        return Path.Combine(to, OperatingSystem.IsWindows() ? "Pipelines.Cli.exe" : "Pipelines.Cli");
    }

    private static async Task<string?> InstallAsync(string folder)
    {
        try
        {
            await ProcessAsync(folder, "npm", "install", "--no-audit", "--no-fund", "--prefix", folder, Nrlint);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
        var bin = Path.Combine(folder, "node_modules", "nrlint", "bin", "nrlint.js");
        if (!File.Exists(bin))
        {
            return null;
        }
        // All its rules, as its own --init sets them.
        var (_, rules) = await OutputAsync(folder, "node", bin, "--init");
        await File.WriteAllTextAsync(Path.Combine(folder, ".nrlintrc.js"), rules);
        return bin;
    }

    private static TimeSpan Median(Func<TimeSpan> measure) => Enumerable.Range(0, Rounds).Select(_ => measure()).Order().ElementAt(Rounds / 2);

    private static async Task<TimeSpan> MedianAsync(Func<Task<TimeSpan>> measure)
    {
        var times = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
        {
            times.Add(await measure());
        }
        return times.Order().ElementAt(Rounds / 2);
    }

    private static async Task<TimeSpan> ProcessAsync(string folder, string program, params string[] arguments) => (await OutputAsync(folder, program, arguments)).Time;

    private static async Task<(TimeSpan Time, string Output)> OutputAsync(string folder, string program, params string[] arguments)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await Task.WhenAll(error, process.WaitForExitAsync());
        return (Stopwatch.GetElapsedTime(start), output);
    }
}
