using System.Diagnostics;
using Pipelines.Testing.Postgres;

namespace Pipelines.Benchmarks.Load;

/// <summary>One rollout to a thousand fake replicas, a hundred at a time: what the engine's process itself spends on each.</summary>
internal static class ManyReplicas
{
    private const int Replicas = 1000;
    private const int WarmRollouts = 5;

    public static async Task RunAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        Console.WriteLine($"\none rollout to {Replicas} replicas in waves of 100");
        await using var plant = await LoadPlant.StartAsync(
            postgres, null, await FakeTargets.StartAsync(1, Replicas, "waves: [\"100\"], maxUnavailable: 100, soak: 0s, deadlines: { wave: 10m, stage: 2h }"), cancellationToken);
        // Each of the two pipelines brings what the other did not. The runtime compiles what runs often a second time, half a minute into the load.
        for (var i = 0; i < WarmRollouts; i++)
        {
            await plant.PromoteAsync(plant.Targets.Pipelines[i % 2], cancellationToken);
            await plant.EndedAsync(i + 1, cancellationToken);
        }

        var processor = LoadPlant.ProcessorTime(plant.Service.ProcessId!.Value);
        var since = Stopwatch.GetTimestamp();
        await plant.PromoteAsync(plant.Targets.Pipelines[WarmRollouts % 2], cancellationToken);
        await plant.EndedAsync(WarmRollouts + 1, cancellationToken);
        var took = Stopwatch.GetElapsedTime(since);
        processor = LoadPlant.ProcessorTime(plant.Service.ProcessId!.Value) - processor;
        Console.WriteLine(
            $"{took.TotalSeconds:0.0} s in all, {took.TotalMilliseconds / Replicas:0.00} ms each on the clock, {processor.TotalMilliseconds / Replicas:0.00} ms of the engine's processor time each");
    }
}
