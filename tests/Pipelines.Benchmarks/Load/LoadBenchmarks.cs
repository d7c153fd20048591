using Pipelines.Testing.Postgres;
using Pipelines.Testing.Stand.RabbitMq;

namespace Pipelines.Benchmarks.Load;

/// <summary>What the engine does under load, one verb for each question, or all of them.</summary>
internal static class LoadBenchmarks
{
    public static readonly string[] Verbs = ["throughput", "kill", "replicas", "webhook", "schedules", "load"];

    public static async Task RunAsync(string verb, CancellationToken cancellationToken)
    {
        // What is accepted has to be on the disk, as in an installation; the floor pays for it too.
        await using var postgres = await PostgresServer.StartAsync(new PostgresOptions { Durable = true }, cancellationToken);
        Console.WriteLine($"PostgreSQL: {postgres.Source}");
        bool Asked(string what) => verb == what || verb == "load";
        if (Asked("throughput") || Asked("kill"))
        {
            await using var broker = await RabbitMqBroker.StartAsync(cancellationToken);
            Console.WriteLine($"RabbitMQ: {broker.Source}");
            if (Asked("throughput"))
            {
                await Throughput.RunAsync(postgres, broker, cancellationToken);
            }

            if (Asked("kill"))
            {
                await KillToProgress.RunAsync(postgres, broker, cancellationToken);
            }
        }

        if (Asked("replicas"))
        {
            await ManyReplicas.RunAsync(postgres, cancellationToken);
        }

        if (Asked("webhook"))
        {
            await WebhookBurst.RunAsync(postgres, cancellationToken);
        }

        if (Asked("schedules"))
        {
            await ManySchedules.RunAsync(postgres, cancellationToken);
        }
    }
}
