using System.Diagnostics;
using Pipelines.Testing.Postgres;
using Pipelines.Testing.Stand.RabbitMq;

namespace Pipelines.Benchmarks.Load;

/// <summary>Complete promotions a second on fake replicas that answer at once; the floor is as many bare transactions as PostgreSQL counted meanwhile.</summary>
internal static class Throughput
{
    private const int Targets = 16;
    private const int Replicas = 2;
    private const int Rounds = 32;

    /// <summary>The runtime compiles what runs often a second time: half a minute in which a promotion costs twice what it does ever after.</summary>
    private const int WarmRounds = 40;
    private const int Connections = 16;

    public static async Task RunAsync(PostgresServer postgres, RabbitMqBroker broker, CancellationToken cancellationToken)
    {
        Console.WriteLine($"\ncomplete promotions, {Targets} targets of {Replicas} replicas at once");
        Console.WriteLine($"{"transport",10} {"promotions/s",13} {"floor/s",9} {"of the floor",13} {"transactions each",18} {"engine CPU ms each",19}");
        await RunAsync("in memory", postgres, null, cancellationToken);
        await RunAsync("RabbitMQ", postgres, broker, cancellationToken);
    }

    private static async Task RunAsync(string name, PostgresServer postgres, RabbitMqBroker? broker, CancellationToken cancellationToken)
    {
        await using var plant = await LoadPlant.StartAsync(postgres, broker, await FakeTargets.StartAsync(Targets, Replicas), cancellationToken);
        var warm = await PromoteAsync(plant, WarmRounds, 0, cancellationToken);

        var transactions = await TransactionsAsync(plant, cancellationToken);
        var processor = LoadPlant.ProcessorTime(plant.Service.ProcessId!.Value);
        var since = Stopwatch.GetTimestamp();
        var promotions = await PromoteAsync(plant, Rounds, warm, cancellationToken);
        var took = Stopwatch.GetElapsedTime(since);
        processor = LoadPlant.ProcessorTime(plant.Service.ProcessId!.Value) - processor;
        transactions = await TransactionsAsync(plant, cancellationToken) - transactions;

        var floor = await FloorAsync(plant, transactions, cancellationToken);
        Console.WriteLine(
            $"{name,10} {promotions / took.TotalSeconds,13:0.0} {promotions / floor.TotalSeconds,9:0.0} {floor / took,13:P0} {(double)transactions / promotions,18:0.0} {processor.TotalMilliseconds / promotions,19:0.0}");
    }

    private static async Task<int> PromoteAsync(LoadPlant plant, int rounds, int before, CancellationToken cancellationToken)
    {
        // Those of one target wait in its line; the two pipelines of a target take turns, so that each promotion has something to change.
        await Parallel.ForEachAsync(
            plant.Targets.Pipelines.Chunk(2),
            new ParallelOptions { MaxDegreeOfParallelism = Targets, CancellationToken = cancellationToken },
            async (pair, token) =>
            {
                for (var round = 0; round < rounds; round++)
                {
                    await plant.PromoteAsync(pair[round % 2], token);
                }
            });
        await plant.EndedAsync(before + (rounds * Targets), cancellationToken);
        return rounds * Targets;
    }

    private static Task<long> TransactionsAsync(LoadPlant plant, CancellationToken cancellationToken) =>
        plant.AskAsync<long>("select xact_commit from pg_stat_database where datname = current_database()", cancellationToken);

    private static async Task<TimeSpan> FloorAsync(LoadPlant plant, long transactions, CancellationToken cancellationToken)
    {
        await plant.AskAsync<object?>("create table floor (id bigint generated always as identity primary key, body text)", cancellationToken);
        var left = transactions;
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            await using var connection = await plant.Database.OpenConnectionAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "insert into floor (body) values ('one row, as a message would be')";
            await command.PrepareAsync(cancellationToken);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await command.ExecuteNonQueryAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
        }));
        return Stopwatch.GetElapsedTime(since);
    }
}
