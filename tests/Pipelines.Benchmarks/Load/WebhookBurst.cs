using System.Diagnostics;
using Pipelines.Testing.Postgres;

namespace Pipelines.Benchmarks.Load;

/// <summary>Signed webhooks at a steady rate, each answered when its promotion is stored. Sent by the clock, not when the last is answered: who waits is counted.</summary>
internal static class WebhookBurst
{
    private const int Seconds = 8;
    private const int WarmPresses = 600;
    private static readonly int[] Rates = [50, 100, 200, 500];

    public static async Task RunAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        Console.WriteLine($"\nwebhooks accepted durably, {Seconds} s at each rate, while the engine works on what was accepted");
        Console.WriteLine($"{"rate/s",7} {"p50 ms",9} {"p99 ms",9} {"worst ms",9}");
        foreach (var rate in Rates)
        {
            await using var plant = await LoadPlant.StartAsync(postgres, null, await FakeTargets.StartAsync(1, 2), cancellationToken);
            // The runtime compiles what runs often a second time, and what comes of these must not be counted to those that follow.
            await Parallel.ForEachAsync(
                Enumerable.Range(0, WarmPresses),
                new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = cancellationToken },
                async (_, token) => await plant.PressAsync(plant.Targets.Pipelines[0], token));
            await plant.EndedAsync(WarmPresses, cancellationToken);
            var due = Stopwatch.GetTimestamp();
            var waiting = new List<Task<TimeSpan>>();
            for (var i = 0; i < rate * Seconds; i++)
            {
                due += Stopwatch.Frequency / rate;
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } early)
                {
                    await Task.Delay(early, cancellationToken);
                }

                waiting.Add(plant.PressAsync(plant.Targets.Pipelines[0], cancellationToken));
            }

            var took = (await Task.WhenAll(waiting)).Order().ToList();
            Console.WriteLine($"{rate,7} {took[took.Count / 2].TotalMilliseconds,9:0.0} {took[took.Count * 99 / 100].TotalMilliseconds,9:0.0} {took[^1].TotalMilliseconds,9:0.0}");
        }
    }
}
