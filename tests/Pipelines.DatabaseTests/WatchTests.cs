using System.Diagnostics;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Hosting;

namespace Pipelines.DatabaseTests;

internal sealed class WatchTests
{
    [Test]
    public async Task A_bus_that_hangs_is_noticed()
    {
        await using var plant = await Plant.StartAsync(await Cluster.NewDatabaseAsync(), bus => bus.AddConsumer<CountedConsumer>(), o =>
        {
            o.Transport.KeepsMessages = true;
            o.Outbox.SendTimeout = TimeSpan.FromMilliseconds(50);
            o.Outbox.RetryAfter = TimeSpan.FromMilliseconds(20);
            o.Outbox.Lease = TimeSpan.FromMilliseconds(200);
            o.Outbox.WedgedAfter = TimeSpan.FromMilliseconds(300);
        });
        plant.Transport.Instead = _ => Task.Delay(Timeout.Infinite);
        await plant.PublishAsync(new Counted(NewId.NextGuid(), 1));
        await Eventually.HoldsAsync(() => plant.Journal.Count("log 2121") > 0, () => plant.Journal.ToString());

        plant.Transport.Instead = null;
        await Eventually.HoldsAsync(() => plant.Journal.Count("counted 1") == 1, () => plant.Journal.ToString());
    }

    [Test]
    public async Task What_is_too_old_goes_and_what_is_not_stays()
    {
        await using var plant = await Plant.StartAsync(await Cluster.NewDatabaseAsync(), SagaTests.Errands, o => o.Housekeeping.BatchSize = 10);
        await plant.ExecuteAsync("""
            insert into inbox select gen_random_uuid(), 'c', now() - interval '8 days' from generate_series(1, 35);
            insert into inbox select gen_random_uuid(), 'c', now() - interval '6 days' from generate_series(1, 5);
            insert into outbox (message_id, destination, envelope, body, visible_at, sent_by, sent_at, remaining, created_at)
            select gen_random_uuid(), 'loopback://localhost/nowhere', '{}', '', 'infinity', gen_random_uuid(), now() - make_interval(hours => n), 1, now()
            from generate_series(1, 48) n;
            """);
        await plant.Services.GetRequiredService<Housekeeping>().CleanAsync(CancellationToken.None);

        Assert.That(await plant.ScalarAsync<int>("select count(*)::int from inbox"), Is.EqualTo(5));
        Assert.That(await plant.ScalarAsync<int>("select count(*)::int from outbox"), Is.InRange(23, 24));
    }

    [Test]
    public async Task One_promotion_is_one_trace_through_outbox_and_timer()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "MassTransit" or nameof(WatchTests),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource(nameof(WatchTests));
        var id = NewId.NextGuid();
        await using var plant = await Plant.StartAsync(await Cluster.NewDatabaseAsync(), bus =>
        {
            SagaTests.Errands(bus);
            bus.AddConsumer<TracingConsumer>();
        });
        await plant.PublishAsync(new Begin(id));
        await Eventually.HoldsAsync(async () => await plant.ScalarAsync<int>("select count(*)::int from saga") == 1, () => "the saga does not begin");

        string trace;
        using (var activity = source.StartActivity("promote"))
        {
            trace = activity!.TraceId.ToString();
            await plant.PublishAsync(new Count(id), new Remind(id, 50));
        }

        await Eventually.HoldsAsync(
            () => plant.Journal.Count($"1 in {trace}") == 1 && plant.Journal.Count($"1001 in {trace}") == 1, () => $"trace {trace}: {plant.Journal}");
    }

    [Test]
    public async Task A_forgotten_commit_is_told()
    {
        await using var plant = await Plant.StartAsync(await Cluster.NewDatabaseAsync(), SagaTests.Errands);
        await using (var scope = plant.Services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<UnitOfWork>().Later("select 1");
        }

        Assert.That(plant.Journal.Count("log 2211"), Is.EqualTo(1));
    }

    private sealed class TracingConsumer(Journal journal) : IConsumer<Counted>
    {
        public Task Consume(ConsumeContext<Counted> context)
        {
            journal.Add($"{context.Message.Counts} in {Activity.Current?.TraceId}");
            return Task.CompletedTask;
        }
    }
}
