using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Storage.Hosting;

namespace Pipelines.DatabaseTests;

/// <summary>A client that hangs although its broker answers others is started again; one whose broker is away is left to wait for it.</summary>
internal sealed class WedgedBusTests
{
    internal const string StartsAgain = "log 2321";

    [Test]
    public async Task A_bus_that_delivers_nothing_although_its_broker_answers_is_started_again_and_what_waited_is_delivered()
    {
        var id = NewId.NextGuid();
        var starts = new CountStarts();
        await using var plant = await StartAsync(starts, () => true);
        // As a wedged client: each send ends with its time, until there is a new bus.
        plant.Transport.Instead = async goOn =>
        {
            if (starts.Starts < 2)
            {
                throw new TimeoutException("no confirm came");
            }

            await goOn();
        };

        await plant.PublishAsync(new Begin(id));

        await Eventually.HoldsAsync(
            async () => await plant.ScalarAsync<int>("select count(*)::int from saga where correlation_id = @id", new { id }) == 1,
            () => $"the message waits still, after {starts.Starts} start(s): {plant.Journal}",
            60);
        Assert.That((starts.Stops, plant.Journal.Count(StartsAgain)), Is.EqualTo((1, 1)), "once was enough");
    }

    [Test]
    public async Task While_the_broker_does_not_answer_either_the_bus_is_left_alone()
    {
        var asked = 0;
        var starts = new CountStarts();
        await using var plant = await StartAsync(starts, () =>
        {
            Interlocked.Increment(ref asked);
            return false;
        });
        plant.Transport.Instead = _ => throw new TimeoutException("no confirm came");

        await plant.PublishAsync(new Begin(NewId.NextGuid()));

        await Eventually.HoldsAsync(() => Volatile.Read(ref asked) >= 3, () => "the broker is not asked", 60);
        Assert.That((starts.Starts, plant.Journal.Count(StartsAgain)), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task A_bus_that_connected_again_without_its_consumers_is_started_again_although_it_calls_itself_healthy()
    {
        var starts = new CountStarts();
        await using var plant = await StartAsync(starts, () => true);
        var connections = plant.Services.GetRequiredService<BusConnections>();
        await Eventually.HoldsAsync(() => connections.Complaint() is null, () => connections.Complaint() ?? "");

        // As the client does when a publish stumbles over the end of its connection: a new one for whoever sends next, and not a word to the consumers.
        connections.Connecting();
        Assert.That(plant.Services.GetRequiredService<IBusControl>().CheckHealth().Status, Is.EqualTo(BusHealthStatus.Healthy));
        Assert.That(connections.Complaint(), Does.Contain("ErrandState"));

        await Eventually.HoldsAsync(() => starts.Starts == 2 && connections.Complaint() is null, () => $"{starts.Starts} start(s): {connections.Complaint()}", 60);
        Assert.That((starts.Stops, plant.Journal.Count(StartsAgain)), Is.EqualTo((1, 1)), "once was enough");
    }

    private static async Task<Plant> StartAsync(CountStarts starts, Func<bool> answers) => await Plant.StartAsync(
        await Cluster.NewDatabaseAsync(),
        SagaTests.Errands,
        options =>
        {
            options.Outbox.WedgedAfter = TimeSpan.FromSeconds(1);
            options.Outbox.RetryAfter = TimeSpan.FromMilliseconds(100);
            options.Transport.UnwellAfter = TimeSpan.FromSeconds(1);
            options.Transport.BrokerAnswers = _ => Task.FromResult(answers());
        },
        services => services.AddBusObserver(_ => starts));

    private sealed class CountStarts : IBusObserver
    {
        private int _starts;
        private int _stops;

        public int Starts => Volatile.Read(ref _starts);

        public int Stops => Volatile.Read(ref _stops);

        public void PostCreate(IBus bus)
        {
        }

        public void CreateFaulted(Exception exception)
        {
        }

        public Task PreStart(IBus bus) => Task.CompletedTask;

        public Task PostStart(IBus bus, Task<BusReady> busReady)
        {
            Interlocked.Increment(ref _starts);
            return Task.CompletedTask;
        }

        public Task StartFaulted(IBus bus, Exception exception) => Task.CompletedTask;

        public Task PreStop(IBus bus)
        {
            Interlocked.Increment(ref _stops);
            return Task.CompletedTask;
        }

        public Task PostStop(IBus bus) => Task.CompletedTask;

        public Task StopFaulted(IBus bus, Exception exception) => Task.CompletedTask;
    }
}
