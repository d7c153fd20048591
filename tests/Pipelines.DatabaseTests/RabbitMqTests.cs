using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Storage;
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

    [Test]
    public async Task A_bus_that_is_started_again_while_it_looks_for_its_broker_is_back_at_all_its_queues()
    {
        await using var rabbitMq = await RabbitMqBroker.StartAsync();
        var answers = true;
        await using var plant = await StartAsync(
            await Cluster.NewDatabaseAsync(),
            $"{rabbitMq.ConnectionUri}",
            $"test-{Guid.NewGuid():N}",
            transport =>
            {
                // At once, and so while its endpoints pause between two tries, or are on their way.
                transport.UnwellAfter = TimeSpan.FromMilliseconds(10);
                transport.BrokerAnswers = _ => Task.FromResult(Volatile.Read(ref answers));
            });
        var bus = plant.Services.GetRequiredService<IBusControl>();
        await Eventually.HoldsAsync(() => bus.CheckHealth().Status == BusHealthStatus.Healthy, () => bus.CheckHealth().Description);

        Volatile.Write(ref answers, false);
        await rabbitMq.KillAsync();
        await Eventually.HoldsAsync(
            () => bus.CheckHealth().Endpoints.Values.Count(x => x.Status == BusHealthStatus.Unhealthy) == 2,
            () => $"the endpoints of the two queues have not noticed: {bus.CheckHealth().Description}");
        Volatile.Write(ref answers, true);
        await Eventually.HoldsAsync(() => plant.Journal.Count(WedgedBusTests.StartsAgain) > 0, () => "the bus is not started again");
        await rabbitMq.StartAgainAsync();
        await plant.PublishAsync(new Begin(NewId.NextGuid()));

        await Eventually.HoldsAsync(
            async () => bus.CheckHealth().Status == BusHealthStatus.Healthy && await plant.ScalarAsync<int>("select count(*)::int from saga") == 1,
            async () => $"not all are back: {bus.CheckHealth().Description}. Waiting to be sent: {await plant.ScalarAsync<int>("select count(*)::int from outbox")}, consumed: {await plant.ScalarAsync<int>("select count(*)::int from inbox")}. {plant.Journal}",
            120);
    }

    private static Task<Plant> StartAsync(string database, string broker, string prefix, Action<TransportOptions>? configure = null) => Plant.StartAsync(
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
            configure?.Invoke(options.Transport);
        },
        transport: bus => bus.UsingRabbitMq((context, configure) =>
        {
            configure.Host(new Uri(broker));
            configure.ConfigureEndpoints(context);
        }));
}
