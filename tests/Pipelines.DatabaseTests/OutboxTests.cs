using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Storage;
using Pipelines.Storage.Durable;

namespace Pipelines.DatabaseTests;

internal sealed class OutboxTests
{
    private const string MayEnd = "slow may end";

    private string _database = null!;
    private Guid _id;

    [SetUp]
    public async Task CreateAsync()
    {
        _id = NewId.NextGuid();
        _database = await Cluster.NewDatabaseAsync();
    }

    [Test]
    public async Task A_request_sends_with_its_rows_or_not_at_all()
    {
        await using var plant = await Plant.StartAsync(_database, bus => bus.AddConsumer<CountedConsumer>());
        await plant.ExecuteAsync("create table delivery (id int primary key)");
        await SendAsync(plant, 1, commit: true);
        await SendAsync(plant, 2, commit: false);
        Assert.That(async () => await SendAsync(plant, 1, commit: true), Throws.Exception, "the business row exists");
        await SendAsync(plant, 3, commit: true);

        await Eventually.HoldsAsync(() => plant.Journal.Count("counted 3") == 1, () => plant.Journal.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(plant.Journal.Count("counted 1"), Is.EqualTo(1));
            Assert.That(plant.Journal.Count("counted 2"), Is.Zero);
        });
        await EmptyAsync(plant);
    }

    [Test]
    public async Task Killed_between_commit_and_send_the_next_process_sends([Values] bool transportKeepsMessages)
    {
        await using (var dying = await Plant.StartAsync(_database, SagaTests.Errands, o => Configure(o, transportKeepsMessages)))
        {
            dying.Transport.Instead = _ => Task.Delay(Timeout.Infinite);
            await dying.PublishAsync(new Begin(_id)).WaitAsync(TimeSpan.FromSeconds(10));
        }

        await using var next = await Plant.StartAsync(_database, SagaTests.Errands, o => Configure(o, transportKeepsMessages));
        await RunningAsync(next);
    }

    [Test]
    public async Task Killed_with_messages_in_memory_the_next_process_sends_them_again()
    {
        await using (var dying = await Plant.StartAsync(_database, SagaTests.Errands))
        {
            await dying.PublishAsync(new Begin(_id));
            await RunningAsync(dying);
            await EmptyAsync(dying);
            // The transport takes them and the process's memory is gone before anybody consumes.
            dying.Transport.Instead = _ => Task.CompletedTask;
            await dying.PublishAsync(new Count(_id), new Count(_id), new Count(_id));
        }

        await using var next = await Plant.StartAsync(_database, SagaTests.Errands);
        await Eventually.HoldsAsync(() => next.Journal.Count("counted 3") == 1, () => next.Journal.ToString());
        await EmptyAsync(next);
    }

    [Test]
    public async Task Killed_between_send_and_delete_the_second_send_is_swallowed()
    {
        await using var plant = await Plant.StartAsync(_database, SagaTests.Errands, o => Configure(o, transportKeepsMessages: true));
        await plant.PublishAsync(new Begin(_id));
        await RunningAsync(plant);
        await EmptyAsync(plant);
        var twice = 2;
        plant.Transport.Instead = async send =>
        {
            await send();
            if (Interlocked.Decrement(ref twice) >= 0)
            {
                throw new TimeoutException("The confirm did not arrive.");
            }
        };
        await plant.PublishAsync(new Count(_id));

        await EmptyAsync(plant);
        await plant.PublishAsync(new Count(_id));
        await Eventually.HoldsAsync(() => plant.Journal.Count("counted 2") == 1, () => plant.Journal.ToString());
        Assert.That(plant.Journal.Count("counted 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_message_delivered_many_times_at_once_is_consumed_once()
    {
        await using var plant = await Plant.StartAsync(_database, bus => bus.AddConsumer<SlowConsumer>(c => c.ConcurrentMessageLimit = 16));
        plant.Transport.Instead = async send =>
        {
            for (var i = 0; i < 16; i++)
            {
                await send();
            }
        };
        await plant.PublishAsync(new Slow(_id, Waits: true));
        await Eventually.HoldsAsync(() => plant.Journal.Count("slow begins") > 1, () => $"they do not come at once; {plant.Journal}");
        plant.Journal.Add(MayEnd);

        await EmptyAsync(plant);
        await using var scope = plant.Services.CreateAsyncScope();
        await Eventually.HoldsAsync(
            async () => await plant.ScalarAsync<int>("select count(*)::int from slow_done") == 1, () => "nothing was written");
        plant.Transport.Instead = null;
        await plant.PublishAsync(new Slow(NewId.NextGuid(), Waits: false));
        await Eventually.HoldsAsync(
            async () => await plant.ScalarAsync<int>("select count(*)::int from slow_done") == 2, () => $"slow_done has not two rows; {plant.Journal}");
    }

    [Test]
    public async Task A_message_that_its_consumer_has_long_had_is_swallowed_and_not_set_aside_as_unknown()
    {
        await using var plant = await Plant.StartAsync(_database, bus => bus.AddConsumer<SlowConsumer>());
        var sends = new List<Func<Task>>();
        plant.Transport.Instead = send =>
        {
            sends.Add(send);
            return send();
        };
        for (var heard = 1; heard <= 5; heard++)
        {
            await plant.PublishAsync(new Slow(NewId.NextGuid(), Waits: false));
            await Eventually.HoldsAsync(
                async () => await plant.ScalarAsync<int>("select count(*)::int from slow_done") == heard, () => $"slow_done has not {heard} rows; {plant.Journal}");
            await sends[0]();
        }

        Assert.That(await plant.ScalarAsync<string>("select min(reason) from dead_letter"), Is.Null);
    }

    [Test]
    public async Task A_long_consumer_holds_no_transaction_open()
    {
        await using var plant = await Plant.StartAsync(_database, bus => bus.AddConsumer<SlowConsumer>());
        await plant.PublishAsync(new Slow(_id, Waits: true));
        await Eventually.HoldsAsync(() => plant.Journal.Count("slow begins") == 1, () => plant.Journal.ToString());

        Assert.That(
            await plant.ScalarAsync<int>("select count(*)::int from pg_stat_activity where datname = current_database() and xact_start is not null and pid <> pg_backend_pid() and state <> 'active'"),
            Is.Zero);
        plant.Journal.Add(MayEnd);
        await Eventually.HoldsAsync(
            async () => await plant.ScalarAsync<int>("select count(*)::int from slow_done") == 1, () => "it did not commit");
    }

    [Test]
    public async Task An_event_with_two_consumers_stays_until_both_have_it_and_one_with_none_goes_at_once()
    {
        await using var plant = await Plant.StartAsync(_database, bus =>
        {
            bus.AddConsumer<SlowConsumer>();
            bus.AddConsumer<OtherSlowConsumer>();
        });
        await plant.PublishAsync(new Slow(_id, Waits: true), new Counted(_id, 1));
        await Eventually.HoldsAsync(() => plant.Journal.Count("other") == 1, () => plant.Journal.ToString());
        await Eventually.HoldsAsync(
            async () => await plant.ScalarAsync<string>("select string_agg(remaining::text, ', ') from outbox") == "1",
            () => "there is not just one row that waits for its second consumer");
        plant.Journal.Add(MayEnd);

        await EmptyAsync(plant);
    }

    [Test]
    public async Task A_write_that_is_fenced_off_takes_everything_with_it()
    {
        await using var plant = await Plant.StartAsync(_database, bus => bus.AddConsumer<CountedConsumer>());
        await plant.ExecuteAsync("create table target (token int); insert into target values (2)");
        await using var scope = plant.Services.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new Counted(_id, 1));
        unit.Later("insert into target values (3)");
        unit.Later("-- Only the holder of the lock writes.\nupdate target set token = token where token = @token", new { token = 1 }, mustAffect: 1);

        Assert.That(async () => await unit.CommitAsync(), Throws.InstanceOf<FencedOffException>().With.Property(nameof(FencedOffException.Why)).EqualTo("Only the holder of the lock writes."));
        Assert.That(await plant.ScalarAsync<int>("select count(*)::int from target"), Is.EqualTo(1));
        Assert.That(await plant.ScalarAsync<int>("select count(*)::int from outbox"), Is.Zero);

        unit.Later("update target set token = 3 where token = @token", new { token = 2 }, mustAffect: 1);
        await unit.CommitAsync();
        Assert.That(await plant.ScalarAsync<int>("select token from target"), Is.EqualTo(3));
    }

    [Test]
    public async Task Only_one_process_with_messages_in_memory_works_on_a_database()
    {
        await using var first = await Plant.StartAsync(_database, SagaTests.Errands);
        await using var second = await Plant.StartAsync(_database, SagaTests.Errands, o => o.Transport.WaitForOtherProcess = TimeSpan.FromMilliseconds(100), untilReady: false);
        var readiness = second.Services.GetRequiredService<Storage.Hosting.IStorageReadiness>();

        await Eventually.HoldsAsync(() => readiness.Current.Reason.Contains("only one can", StringComparison.Ordinal), () => readiness.Current.Reason);
        Assert.That(readiness.Current.IsReady, Is.False);
    }

    [Test]
    public async Task Two_processes_share_an_outbox_without_sending_twice()
    {
        await using var a = await Plant.StartAsync(_database, SagaTests.Errands, o => Configure(o, transportKeepsMessages: true));
        await using var b = await Plant.StartAsync(_database, SagaTests.Errands, o => Configure(o, transportKeepsMessages: true));
        // Everything is left to the relays, which both look at once.
        await a.ExecuteAsync("""
            insert into outbox (message_id, destination, envelope, body, visible_at, remaining, created_at)
            select gen_random_uuid(), 'loopback://localhost/nowhere', '{"contentType": "application/vnd.masstransit+json", "messageTypes": ["urn:message:A:B"]}', '{}', now(), 0, now()
            from generate_series(1, 1000)
            """);
        await EmptyAsync(a);

        Assert.That(a.Transport.Sent + b.Transport.Sent, Is.EqualTo(1000));
    }

    [Test]
    public async Task What_a_process_was_sending_is_anothers_as_soon_as_it_is_dead_and_not_before()
    {
        void WithALongLease(PipelinesStorageOptions options)
        {
            options.Transport.KeepsMessages = true;
            options.Outbox.SendTimeout = TimeSpan.FromHours(1);
            options.Outbox.Lease = TimeSpan.FromDays(1);
        }

        await using var alive = await Plant.StartAsync(_database, SagaTests.Errands, WithALongLease);
        await using (var dying = await Plant.StartAsync(_database, SagaTests.Errands, WithALongLease))
        {
            dying.Transport.Instead = _ => Task.Delay(Timeout.Infinite);
            _ = dying.PublishAsync(new Begin(_id));
            await Eventually.HoldsAsync(async () => await alive.ScalarAsync<int>("select count(*)::int from outbox where sent_by is not null") == 1, () => "nothing is being sent");

            // Whoever looks now sees that it lives.
            await alive.ExecuteAsync(
                Query.Load("outbox/release_orphans"), new { now = TimeProvider.System.GetUtcNow(), me = Guid.NewGuid(), kind = (long)Storage.Hosting.ProcessLock.OfOneProcess });
            Assert.That(await alive.ScalarAsync<int>("select count(*)::int from outbox where sent_by is not null"), Is.EqualTo(1));
            Assert.That(alive.Transport.Sent, Is.Zero);
        }

        await RunningAsync(alive);
    }

    [Test]
    public async Task What_is_left_to_the_relays_waits_for_its_time_and_is_then_all_sent([Values] bool transportKeepsMessages, [Values(1, 60)] int count)
    {
        await using var plant = await Plant.StartAsync(_database, bus => bus.AddConsumer<CountedConsumer>(), o => Configure(o, transportKeepsMessages));
        await using (var scope = plant.Services.CreateAsyncScope())
        {
            for (var number = 1; number <= count; number++)
            {
                await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new Counted(_id, number));
            }

            var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
            unit.RelayedFrom = TimeProvider.System.GetUtcNow().AddHours(1);
            await unit.CommitAsync();
        }

        Assert.That(
            await plant.ScalarAsync<int>("select count(*)::int from outbox where sent_by is null and visible_at > now() + interval '50 minutes'"), Is.EqualTo(count));
        Assert.That(plant.Transport.Sent, Is.Zero);

        await plant.ExecuteAsync("update outbox set visible_at = now()");
        await EmptyAsync(plant);
        await Eventually.HoldsAsync(
            () => Enumerable.Range(1, count).All(number => plant.Journal.Count($"counted {number}") == 1), () => plant.Journal.ToString());
    }

    private static void Configure(PipelinesStorageOptions options, bool transportKeepsMessages)
    {
        options.Transport.KeepsMessages = transportKeepsMessages;
        options.Outbox.SendTimeout = TimeSpan.FromMilliseconds(500);
        options.Outbox.Lease = TimeSpan.FromSeconds(2);
        options.Outbox.RetryAfter = TimeSpan.FromMilliseconds(50);
    }

    private async Task SendAsync(Plant plant, int number, bool commit)
    {
        await using var scope = plant.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new Counted(_id, number));
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        unit.Later("insert into delivery values (@number)", new { number });
        if (commit)
        {
            await unit.CommitAsync();
        }
    }

    private Task RunningAsync(Plant plant) => Eventually.HoldsAsync(
        async () => await plant.ScalarAsync<string>("select current_state from saga where correlation_id = @id", new { id = _id }) == "Running",
        () => $"saga {_id} does not run");

    private static Task EmptyAsync(Plant plant) => Eventually.HoldsAsync(
        async () => await plant.ScalarAsync<int>("select count(*)::int from outbox") == 0, () => "the outbox does not get empty");

    public sealed record Slow(Guid Id, bool Waits);

    private sealed class SlowConsumer(Journal journal, UnitOfWork unit) : IConsumer<Slow>
    {
        public async Task Consume(ConsumeContext<Slow> context)
        {
            journal.Add("slow begins");
            await Eventually.HoldsAsync(() => !context.Message.Waits || journal.Count(MayEnd) > 0, () => "nobody lets the slow one end");
            unit.Later("create table if not exists slow_done (id uuid)");
            unit.Later("insert into slow_done values (@id)", new { id = context.Message.Id });
        }
    }

    private sealed class OtherSlowConsumer(Journal journal) : IConsumer<Slow>
    {
        public Task Consume(ConsumeContext<Slow> context)
        {
            journal.Add("other");
            return Task.CompletedTask;
        }
    }
}
