using System.Diagnostics;
using Pipelines.Testing.Postgres;
using Pipelines.Testing.Stand.RabbitMq;

namespace Pipelines.Benchmarks.Load;

/// <summary>From kill -9 in the middle of promotions, and an immediate start as by a supervisor, to the next line in any timeline.</summary>
internal static class KillToProgress
{
    private const int Kills = 7;

    public static async Task RunAsync(PostgresServer postgres, RabbitMqBroker broker, CancellationToken cancellationToken)
    {
        Console.WriteLine($"\nfrom kill -9 to the next progress, {Kills} kills in the middle of promotions, started again at once");
        Console.WriteLine($"{"transport",10} {"median s",9} {"worst s",9}");
        await RunAsync("in memory", postgres, null, cancellationToken);
        await RunAsync("RabbitMQ", postgres, broker, cancellationToken);
    }

    private static async Task RunAsync(string name, PostgresServer postgres, RabbitMqBroker? broker, CancellationToken cancellationToken)
    {
        await using var plant = await LoadPlant.StartAsync(postgres, broker, await FakeTargets.StartAsync(2, 2, "soak: 1s"), cancellationToken);
        var took = new List<double>();
        for (var kill = 0; kill < Kills; kill++)
        {
            var lines = await LinesAsync(plant, cancellationToken);
            await plant.PromoteAsync(plant.Targets.Pipelines[kill % 2], cancellationToken);
            await plant.PromoteAsync(plant.Targets.Pipelines[2 + (kill % 2)], cancellationToken);
            // Somewhere in their middle, each time elsewhere.
            await MoreThanAsync(plant, lines + 8 + (3 * kill), cancellationToken);

            await plant.Service.KillAsync();
            lines = await LinesAsync(plant, cancellationToken);
            var since = Stopwatch.GetTimestamp();
            var started = plant.Service.StartAgainAsync(cancellationToken);
            await MoreThanAsync(plant, lines, cancellationToken);
            took.Add(Stopwatch.GetElapsedTime(since).TotalSeconds);
            await started;
            await plant.EndedAsync(2 * (kill + 1), cancellationToken);
        }

        Console.WriteLine($"{name,10} {took.Order().ElementAt(took.Count / 2),9:0.00} {took.Max(),9:0.00}");
    }

    private static Task<long> LinesAsync(LoadPlant plant, CancellationToken cancellationToken) =>
        plant.AskAsync<long>("select count(*) from promotion_event", cancellationToken);

    private static async Task MoreThanAsync(LoadPlant plant, long lines, CancellationToken cancellationToken)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (await LinesAsync(plant, cancellationToken) <= lines)
        {
            await pause.WaitForNextTickAsync(cancellationToken);
        }
    }
}
