using MassTransit;
using NUnit.Framework;

namespace Pipelines.DatabaseTests;

internal sealed class TimerTests
{
    private string _database = null!;
    private Plant _plant = null!;
    private Guid _id;

    [SetUp]
    public async Task StartAsync()
    {
        _id = NewId.NextGuid();
        _database = await Cluster.NewDatabaseAsync();
        _plant = await Plant.StartAsync(_database, SagaTests.Errands);
        await _plant.PublishAsync(new Begin(_id));
        await Eventually.HoldsAsync(async () => await _plant.ScalarAsync<int>("select count(*)::int from saga") == 1, () => "the saga does not begin");
    }

    [TearDown]
    public async Task StopAsync() => await _plant.DisposeAsync();

    [Test]
    public async Task A_timer_fires_once_and_on_time()
    {
        var since = System.Diagnostics.Stopwatch.StartNew();
        await _plant.PublishAsync(new Remind(_id, 300));
        await RemindersAreAsync(1);

        Assert.That(since.ElapsedMilliseconds, Is.GreaterThan(295));
        TestContext.Out.WriteLine($"due after 300 ms, seen after {since.ElapsedMilliseconds} ms");
        await Eventually.HoldsAsync(async () => await TimersAsync() == 0, () => "the timer's row stays");
    }

    [Test]
    public async Task A_timer_cancelled_in_the_same_step_was_never_there()
    {
        await _plant.PublishAsync(new RemindAndCancel(_id));
        // Order between two messages is not promised, and the one would cancel what the other sets.
        await Eventually.HoldsAsync(
            async () => await _plant.ScalarAsync<int>("select count(*)::int from inbox where consumer like '%/RemindAndCancel'") == 1,
            () => "the reminder was not set and cancelled");
        await _plant.PublishAsync(new Remind(_id, 200));
        await RemindersAreAsync(1);

        Assert.That(await _plant.ScalarAsync<int>("select count(*)::int from inbox where consumer like '%/Reminder'"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_timer_cancelled_later_does_not_fire()
    {
        await _plant.PublishAsync(new Remind(_id, 60_000));
        await Eventually.HoldsAsync(async () => await TimersAsync() == 1, () => "no timer was set");
        await _plant.PublishAsync(new CancelReminder(_id));

        await Eventually.HoldsAsync(async () => await TimersAsync() == 0, () => "the timer was not cancelled");
    }

    [Test]
    public async Task A_timer_set_again_replaces_the_first()
    {
        await _plant.PublishAsync(new Remind(_id, 60_000));
        await Eventually.HoldsAsync(async () => await TimersAsync() == 1, () => "no timer was set");
        await _plant.PublishAsync(new Remind(_id, 50));
        await RemindersAreAsync(1);

        Assert.That(await TimersAsync(), Is.Zero);
    }

    [Test]
    public async Task A_timer_survives_the_process()
    {
        await _plant.PublishAsync(new Remind(_id, 700));
        await Eventually.HoldsAsync(async () => await TimersAsync() == 1, () => "no timer was set");
        await _plant.DisposeAsync();
        _plant = await Plant.StartAsync(_database, SagaTests.Errands);

        await RemindersAreAsync(1);
    }

    private Task<int> TimersAsync() => _plant.ScalarAsync<int>("select count(*)::int from outbox where token is not null");

    private Task RemindersAreAsync(int reminders) => Eventually.HoldsAsync(
        async () => await _plant.ScalarAsync<int>("select coalesce((body->>'reminders')::int, 0) from saga") == reminders,
        () => $"the saga was not reminded {reminders} time(s)");
}
