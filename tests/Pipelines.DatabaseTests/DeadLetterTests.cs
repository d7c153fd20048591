using System.Text;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Storage.Audit;
using Pipelines.Storage.DeadLetters;
using Pipelines.Storage.Durable;
using Pipelines.Testing.Stand.RabbitMq;
using RabbitMQ.Client;

namespace Pipelines.DatabaseTests;

/// <summary>What nobody can consume is set aside with its reason, blocks nobody, is seen, and can be sent again.</summary>
internal sealed class DeadLetterTests
{
    private string _database = null!;
    private Guid _id;

    [SetUp]
    public async Task CreateAsync()
    {
        _id = NewId.NextGuid();
        _database = await Cluster.NewDatabaseAsync();
    }

    [Test]
    public async Task A_poisoned_message_is_set_aside_and_those_behind_it_go_on()
    {
        await using var plant = await Plant.StartAsync(_database, SagaTests.Errands);
        await plant.PublishAsync(new Begin(_id));
        await Eventually.HoldsAsync(async () => await plant.ScalarAsync<int>("select count(*)::int from saga") == 1, () => "the saga does not begin");

        await plant.PublishAsync(new CountAndFail(_id), new Count(_id));

        await Eventually.HoldsAsync(() => plant.Journal.Count("counted 1") == 1, () => plant.Journal.ToString());
        var letter = await OneAsync(plant);
        Assert.Multiple(() =>
        {
            Assert.That(letter.Kind, Is.EqualTo(DeadLetterKind.Failed));
            Assert.That(letter.Reason, Does.Contain("poison"));
            Assert.That(letter.MessageType, Does.EndWith(":CountAndFail"));
            Assert.That(letter.Endpoint, Is.EqualTo("ErrandState"));
            Assert.That(letter.Error, Does.Contain(nameof(ErrandStateMachine)), "the error says where");
            Assert.That(Encoding.UTF8.GetString(letter.Body), Does.Contain(_id.ToString()));
        });
        await Eventually.HoldsAsync(async () => await plant.ScalarAsync<int>("select count(*)::int from outbox") == 0, () => "the outbox keeps what was set aside");
    }

    [Test]
    public async Task Replayed_it_is_consumed_once_and_only_the_first_replay_counts()
    {
        var mended = new Mended();
        await using var plant = await StartMendableAsync(mended);
        await plant.PublishAsync(new Counted(_id, 7));
        var letter = await OneAsync(plant);

        mended.Is = true;
        var replays = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => InStoreAsync(plant, store => store.ReplayAsync(letter.Id, null, new Actor("ada"), CancellationToken.None))));

        await Eventually.HoldsAsync(() => plant.Journal.Count("counted 7") == 1, () => plant.Journal.ToString());
        Assert.That(replays.Count(done => done), Is.EqualTo(1), "of five who press, one sends it");
        Assert.That(await InStoreAsync(plant, store => store.ListAsync(all: false, null, null, 10, CancellationToken.None)), Is.Empty);
        Assert.That((await InStoreAsync(plant, store => store.FindAsync(letter.Id, null, CancellationToken.None)))!.ReplayedBy, Is.EqualTo("ada"));
        Assert.That(plant.Journal.Count("counted 7"), Is.EqualTo(1));
    }

    [Test]
    public async Task What_fails_again_comes_back_as_the_same_one_and_a_restart_does_not_send_it()
    {
        var mended = new Mended();
        await using (var plant = await StartMendableAsync(mended))
        {
            await plant.PublishAsync(new Counted(_id, 7));
            var letter = await OneAsync(plant);
            await InStoreAsync(plant, store => store.ReplayAsync(letter.Id, null, new Actor("ada"), CancellationToken.None));
            await Eventually.HoldsAsync(async () => await plant.ScalarAsync<int>("select times from dead_letter where replayed_at is null") == 2, () => "it does not come back");
            Assert.That((await OneAsync(plant)).Id, Is.EqualTo(letter.Id));
        }

        mended.Is = true;
        await using var next = await StartMendableAsync(mended);
        await next.PublishAsync(new Counted(_id, 8));
        await Eventually.HoldsAsync(() => next.Journal.Count("counted 8") == 1, () => next.Journal.ToString());
        Assert.That(next.Journal.Count("counted 7"), Is.Zero, "it waits for somebody to say so");
    }

    [Test]
    public async Task A_message_that_nobody_on_the_endpoint_knows_is_set_aside_as_unknown()
    {
        await using var plant = await Plant.StartAsync(_database, SagaTests.Errands);
        await using (var scope = plant.Services.CreateAsyncScope())
        {
            var endpoint = await scope.ServiceProvider.GetRequiredService<ISendEndpointProvider>().GetSendEndpoint(new Uri("queue:ErrandState"));
            await endpoint.Send(new FromTomorrow(_id));
            await scope.ServiceProvider.GetRequiredService<UnitOfWork>().CommitAsync();
        }

        var letter = await OneAsync(plant);
        Assert.That(letter.Kind, Is.EqualTo(DeadLetterKind.Unknown));
        Assert.That(letter.Reason, Does.Contain("FromTomorrow").And.Contain("another version"));
    }

    [Test]
    public async Task A_message_that_was_in_the_memory_of_every_process_that_died_is_not_given_to_the_next()
    {
        await using (var dying = await Plant.StartAsync(_database, SagaTests.Errands))
        {
            dying.Transport.Instead = _ => Task.CompletedTask;
            await dying.PublishAsync(new Begin(_id));
            await InMemoryAsync(dying, releases: 0);
        }

        for (var death = 1; death <= 3; death++)
        {
            await using var next = await Plant.StartAsync(_database, _ => { }, options => options.Transport.DeadlyAfter = 3, services: services => services.AddSingleton(new Mended()));
            await InMemoryAsync(next, releases: death);
        }

        await using var last = await Plant.StartAsync(_database, SagaTests.Errands, options => options.Transport.DeadlyAfter = 3);
        Assert.That((await OneAsync(last)).Kind, Is.EqualTo(DeadLetterKind.Deadly));
        Assert.That(await last.ScalarAsync<int>("select count(*)::int from saga"), Is.Zero);
    }

    [Test]
    public async Task A_full_disk_sets_nothing_aside_and_work_goes_on_when_there_is_room_again()
    {
        await using var plant = await Plant.StartAsync(_database, SagaTests.Errands);
        await plant.PublishAsync(new Begin(_id));
        await Eventually.HoldsAsync(async () => await plant.ScalarAsync<int>("select count(*)::int from saga") == 1, () => "the saga does not begin");
        await plant.ExecuteAsync(
            """
            create sequence refused;
            create function refuse() returns trigger language plpgsql as $$ begin perform nextval('refused'); raise exception 'No space left on device' using errcode = '53100'; end $$;
            create trigger full_disk before insert on inbox for each row execute function refuse();
            """);

        await plant.PublishAsync(new Count(_id));
        // More often than any other error would be tried.
        await Eventually.HoldsAsync(async () => await plant.ScalarAsync<long>("select last_value from refused") > 8, () => "the message is not tried again and again");
        await plant.ExecuteAsync("drop trigger full_disk on inbox");

        await Eventually.HoldsAsync(() => plant.Journal.Count("counted 1") == 1, () => plant.Journal.ToString());
        Assert.That(await plant.ScalarAsync<int>("select count(*)::int from dead_letter"), Is.Zero);
    }

    [Test]
    public async Task On_a_real_broker_what_is_no_message_and_what_kills_again_and_again_is_set_aside_and_blocks_nobody()
    {
        await using var broker = await RabbitMqBroker.StartAsync();
        await using var plant = await Plant.StartAsync(
            _database,
            SagaTests.Errands,
            options => options.Transport.KeepsMessages = true,
            transport: bus => bus.UsingRabbitMq((context, configure) =>
            {
                configure.Host(broker.ConnectionUri);
                configure.ConfigureEndpoints(context);
            }));
        await plant.PublishAsync(new Begin(_id));
        await Eventually.HoldsAsync(async () => await plant.ScalarAsync<int>("select count(*)::int from saga") == 1, () => "the saga does not begin");

        await using var connection = await new ConnectionFactory { Uri = broker.ConnectionUri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.BasicPublishAsync("", "ErrandState", "no message at all \0"u8.ToArray());
        var body = $$"""{"messageId":"{{Guid.NewGuid()}}","messageType":["{{MessageUrn.ForTypeString<Count>()}}"],"message":{"id":"{{_id}}"} }""";
        var deadly = new BasicProperties { ContentType = "application/vnd.masstransit+json", Headers = new Dictionary<string, object?> { ["x-delivery-count"] = 25 } };
        await channel.BasicPublishAsync("", "ErrandState", mandatory: true, deadly, Encoding.UTF8.GetBytes(body));
        // JSON by its grammar, and no text: in a name, in a type, and a NUL in a type.
        foreach (var odd in (string[])["""{"\ud800":1,"messageId\udfff":2}""", """{"messageType":["urn:message:a\ud800"],"message":{}}""", """{"messageType":["urn:message:a\u0000b"],"message":{}}"""])
        {
            await channel.BasicPublishAsync("", "ErrandState", mandatory: true, new BasicProperties { ContentType = "application/vnd.masstransit+json" }, Encoding.UTF8.GetBytes(odd));
        }

        await plant.PublishAsync(new Count(_id));

        await Eventually.HoldsAsync(() => plant.Journal.Count("counted 1") == 1, () => plant.Journal.ToString());
        await Eventually.HoldsAsync(
            async () => await plant.ScalarAsync<string>("select string_agg(kind, ',' order by kind) from dead_letter") == "Deadly,Unknown,Unknown,Unknown,Unknown",
            () => plant.ScalarAsync<string>("select string_agg(kind || ' ' || reason, '; ') from dead_letter").Result ?? "nothing is set aside");
        Assert.That(await plant.ScalarAsync<int>("select (body->>'counts')::int from saga"), Is.EqualTo(1), "the deadly one did not count");
    }

    private Task<Plant> StartMendableAsync(Mended mended) => Plant.StartAsync(_database, bus => bus.AddConsumer<MendableConsumer>(), services: services => services.AddSingleton(mended));

    /// <summary>Waits for the one that is set aside.</summary>
    private static Task InMemoryAsync(Plant plant, int releases) => Eventually.HoldsAsync(
        async () => await plant.ScalarAsync<int>("select count(*)::int from outbox where sent_by is not null and releases = @releases", new { releases }) == 1,
        () => $"the message never was in the memory of a process after {releases} releases");

    private static async Task<DeadLetterDetail> OneAsync(Plant plant)
    {
        await Eventually.HoldsAsync(
            async () => await plant.ScalarAsync<int>("select count(*)::int from dead_letter where replayed_at is null") == 1, () => $"not one is set aside: {plant.Journal}");
        var letter = (await InStoreAsync(plant, store => store.ListAsync(all: false, null, null, 10, CancellationToken.None))).Single();
        return (await InStoreAsync(plant, store => store.FindAsync(letter.Id, null, CancellationToken.None)))!;
    }

    private static async Task<T> InStoreAsync<T>(Plant plant, Func<DeadLetterStore, Task<T>> ask)
    {
        await using var scope = plant.Services.CreateAsyncScope();
        return await ask(scope.ServiceProvider.GetRequiredService<DeadLetterStore>());
    }

    private sealed record FromTomorrow(Guid Id);

    private sealed class Mended
    {
        public volatile bool Is;
    }

    private sealed class MendableConsumer(Mended mended, Journal journal) : IConsumer<Counted>
    {
        public Task Consume(ConsumeContext<Counted> context)
        {
            if (!mended.Is)
            {
                throw new InvalidOperationException("not mended yet");
            }

            journal.Add($"counted {context.Message.Counts}");
            return Task.CompletedTask;
        }
    }
}
