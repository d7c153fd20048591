using MassTransit;
using NUnit.Framework;
using Pipelines.Testing.Stand.RabbitMq;

namespace Pipelines.DatabaseTests;

/// <summary>The outbox against a real broker.</summary>
internal sealed class RabbitMqTests
{
    [Test]
    public async Task Two_processes_share_sagas_timers_and_faults_of_one_broker()
    {
        await using var rabbitMq = await RabbitMqBroker.StartAsync();
        var broker = $"{rabbitMq.ConnectionUri}";
        var prefix = $"test-{Guid.NewGuid():N}";
        var database = await Cluster.NewDatabaseAsync();
        await using var a = await StartAsync(database, broker, prefix);
        await using var b = await StartAsync(database, broker, prefix);
        var ids = Enumerable.Range(0, 20).Select(_ => NewId.NextGuid()).ToArray();
        await a.PublishAsync([.. ids.Select(id => new Begin(id))]);
        await Eventually.HoldsAsync(async () => await a.ScalarAsync<int>("select count(*)::int from saga") == ids.Length, () => "the sagas do not begin");

        var tries = 0;
        a.Transport.Instead = async send =>
        {
            await send();
            // Every fifth confirm gets lost.
            if (Interlocked.Increment(ref tries) % 5 == 0)
            {
                throw new TimeoutException("The confirm did not arrive.");
            }
        };
        await Task.WhenAll(
            a.PublishAsync([.. ids.SelectMany(id => Enumerable.Range(0, 20).Select(_ => new Count(id)))]),
            b.PublishAsync([.. ids.Select(id => new Remind(id, 200))]));

        await Eventually.HoldsAsync(
            async () => await a.ScalarAsync<int>("select count(*)::int from saga where body->>'counts' = '20' and body->>'reminders' = '1'") == ids.Length
                && await a.ScalarAsync<int>("select count(*)::int from outbox") == 0,
            () => $"{a.ScalarAsync<string>("select string_agg(body::text, ' ') from saga").Result}; outbox {a.ScalarAsync<int>("select count(*)::int from outbox").Result}");
        Assert.That(a.Journal.Count("counted 20") + b.Journal.Count("counted 20"), Is.EqualTo(ids.Length));
    }

    private static Task<Plant> StartAsync(string database, string broker, string prefix) => Plant.StartAsync(
        database,
        bus =>
        {
            bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter(prefix, includeNamespace: false));
            SagaTests.Errands(bus);
        },
        options =>
        {
            options.Transport.KeepsMessages = true;
            options.Outbox.RetryAfter = TimeSpan.FromMilliseconds(50);
        },
        transport: bus => bus.UsingRabbitMq((context, configure) =>
        {
            configure.Host(new Uri(broker));
            configure.ConfigureEndpoints(context);
        }));
}
