using MassTransit;
using NUnit.Framework;
using Pipelines.Storage;

namespace Pipelines.DatabaseTests;

internal sealed class SagaTests
{
    private Plant _plant = null!;
    private Guid _id;

    [SetUp]
    public async Task StartAsync()
    {
        _id = NewId.NextGuid();
        _plant = await Plant.StartAsync(await Cluster.NewDatabaseAsync(), Errands);
    }

    [TearDown]
    public async Task StopAsync() => await _plant.DisposeAsync();

    public static void Errands(IBusRegistrationConfigurator bus)
    {
        bus.AddSagaStateMachine<ErrandStateMachine, ErrandState>().DurableRepository();
        bus.AddConsumer<CountedConsumer>();
    }

    [Test]
    public async Task A_new_saga_is_a_row_that_reads_itself()
    {
        await _plant.PublishAsync(new Begin(_id));
        await StateIsAsync("Running");

        var body = await _plant.ScalarAsync<string>("select body::text from saga where correlation_id = @id", new { id = _id });
        Assert.That(body, Does.Contain("\"mood\": \"Busy\"").And.Contain("\"patience\": \"01:30:00\"").And.Not.Contain("currentState"));
        Assert.That(await _plant.ScalarAsync<int>("select extract(year from deadline_at)::int from saga where saga = 'Errand'"), Is.EqualTo(2030));
    }

    [Test]
    public async Task Steps_of_one_saga_wait_for_each_other_and_none_is_lost()
    {
        await _plant.PublishAsync(new Begin(_id));
        await StateIsAsync("Running");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _plant.PublishAsync([.. Enumerable.Range(0, 25).Select(_ => new Count(_id))])));

        await CountsAreAsync(200);
        await Eventually.HoldsAsync(() => _plant.Journal.Count("counted 200") == 1, () => _plant.Journal.ToString());
    }

    [Test]
    public async Task Two_messages_that_begin_one_saga_begin_it_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _plant.PublishAsync(new Begin(_id), new Begin(_id))));
        await OutboxIsEmptyAsync();

        Assert.That(await _plant.ScalarAsync<int>("select count(*)::int from saga"), Is.EqualTo(1));
        Assert.That(await _plant.ScalarAsync<int>("select count(*)::int from inbox"), Is.EqualTo(40));
    }

    [Test]
    public async Task A_field_from_another_version_is_tolerated()
    {
        await _plant.PublishAsync(new Begin(_id));
        await StateIsAsync("Running");
        await _plant.ExecuteAsync("update saga set body = body || '{\"invented\": {\"later\": [1]}}'");
        await _plant.PublishAsync(new Count(_id));

        await CountsAreAsync(1);
    }

    [Test]
    public async Task A_fault_leaves_neither_state_nor_messages_nor_timers()
    {
        await _plant.PublishAsync(new Begin(_id));
        await StateIsAsync("Running");
        await _plant.PublishAsync(new CountAndFail(_id));
        await _plant.PublishAsync(new Count(_id));
        await CountsAreAsync(1);
        await Eventually.HoldsAsync(() => _plant.Journal.Count("counted 1") == 1, () => _plant.Journal.ToString());

        Assert.Multiple(() =>
        {
            Assert.That(async () => await _plant.ScalarAsync<int>("select count(*)::int from outbox where token is not null"), Is.Zero);
            Assert.That(async () => await _plant.ScalarAsync<int>("select count(*)::int from inbox where consumer like '%CountAndFail'"), Is.Zero);
        });
    }

    [Test]
    public async Task A_query_correlation_is_refused_with_the_machines_name()
    {
        await using var plant = await Plant.StartAsync(
            await Cluster.NewDatabaseAsync(), bus => bus.AddSagaStateMachine<QueryingMachine, ErrandState>().DurableRepository("querying"));
        var faults = new TaskCompletionSource<string>();
        var bus = (IBusControl)plant.Services.GetService(typeof(IBusControl))!;
        var handle = bus.ConnectReceiveEndpoint("faults", endpoint => endpoint.Handler<Fault<Count>>(x =>
        {
            faults.TrySetResult(x.Message.Exceptions[0].Message);
            return Task.CompletedTask;
        }));
        await handle.Ready;
        await plant.PublishAsync(new Count(_id));

        Assert.That(await faults.Task.WaitAsync(TimeSpan.FromSeconds(20)), Does.Contain("'querying'").And.Contain("CorrelateById"));
    }

    private Task StateIsAsync(string state) => Eventually.HoldsAsync(
        async () => await _plant.ScalarAsync<string>("select current_state from saga where correlation_id = @id", new { id = _id }) == state,
        () => $"saga {_id} is not {state}");

    private Task CountsAreAsync(int counts) => Eventually.HoldsAsync(
        async () => await _plant.ScalarAsync<int>("select coalesce((body->>'counts')::int, 0) from saga where correlation_id = @id", new { id = _id }) == counts,
        () => $"saga {_id} has not counted to {counts}");

    private Task OutboxIsEmptyAsync() => Eventually.HoldsAsync(
        async () => await _plant.ScalarAsync<int>("select count(*)::int from outbox") == 0, () => "the outbox does not get empty");

    private sealed class QueryingMachine : MassTransitStateMachine<ErrandState>
    {
        public QueryingMachine()
        {
            InstanceState(x => x.CurrentState);
            Event(() => Counting, x => x.CorrelateBy((saga, message) => saga.Counts == 1).SelectId(m => m.Message.Id));
            Initially(When(Counting).TransitionTo(Done));
        }

        public State Done { get; } = null!;

        public Event<Count> Counting { get; } = null!;
    }
}
