using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Storage.Hosting;
using Pipelines.Testing.Postgres;

namespace Pipelines.DatabaseTests;

internal sealed class OutageTests
{
    [Test]
    public async Task PostgreSQL_may_go_and_come_back_while_messages_flow([Values] bool killed)
    {
        await using var server = await PostgresServer.StartAsync();
        if (!server.CanBeStopped)
        {
            Assert.Fail($"{server.Source} cannot be stopped. Unset PIPELINES_TEST_POSTGRES, or install PostgreSQL's own binaries.");
        }

        var database = await server.CreateDatabaseAsync("outage");
        await using var plant = await Plant.StartAsync(database, SagaTests.Errands);
        var ids = Enumerable.Range(0, 20).Select(_ => NewId.NextGuid()).ToArray();
        await plant.PublishAsync([.. ids.Select(id => new Begin(id))]);
        await Eventually.HoldsAsync(async () => await plant.ScalarAsync<int>("select count(*)::int from saga") == ids.Length, () => "the sagas do not begin");

        var committed = 0;
        using var enough = new CancellationTokenSource();
        var traffic = Task.WhenAll(ids.Select(async id =>
        {
            while (!enough.IsCancellationRequested)
            {
                try
                {
                    await plant.PublishAsync(new Count(id));
                    Interlocked.Increment(ref committed);
                }
                catch (Exception) when (!enough.IsCancellationRequested)
                {
                    // As a client that is refused and does not hammer on.
                    await Task.Delay(20);
                }
            }
        }));
        await Eventually.HoldsAsync(() => committed > 200, () => "no traffic");
        await (killed ? server.KillAsync() : server.StopAsync());
        await server.StartAgainAsync();
        var before = committed;
        await Eventually.HoldsAsync(() => committed > before + 200, () => $"no traffic after the outage: {plant.Services.GetRequiredService<IStorageReadiness>().Current}");
        await enough.CancelAsync();
        await traffic;

        // A request whose commit's answer was lost may have counted without us knowing, hence "at least".
        await Eventually.HoldsAsync(
            async () => await plant.ScalarAsync<int>("select count(*)::int from outbox") == 0, () => $"the outbox does not get empty, {committed} were committed", 60);
        var counted = await plant.ScalarAsync<int>("select sum((body->>'counts')::int)::int from saga");
        var consumed = await plant.ScalarAsync<int>("select count(*)::int from inbox where consumer like '%/Count'");
        TestContext.Out.WriteLine($"{committed} commits known, {counted} counted");
        Assert.Multiple(() =>
        {
            Assert.That(counted, Is.EqualTo(consumed), "each message counts once");
            Assert.That(counted, Is.InRange(committed, committed + ids.Length));
        });
    }

    [Test]
    public async Task A_start_waits_for_PostgreSQL_and_says_so()
    {
        await using var server = await PostgresServer.StartAsync();
        if (!server.CanBeStopped)
        {
            Assert.Fail($"{server.Source} cannot be stopped. Unset PIPELINES_TEST_POSTGRES, or install PostgreSQL's own binaries.");
        }

        var database = await server.CreateDatabaseAsync("late");
        await server.StopAsync();
        await using var plant = await Plant.StartAsync(database, SagaTests.Errands, untilReady: false);
        var readiness = plant.Services.GetRequiredService<IStorageReadiness>();
        await Eventually.HoldsAsync(() => readiness.Current.Reason.Contains("PostgreSQL:", StringComparison.Ordinal), () => readiness.Current.Reason);
        Assert.That(readiness.Current.IsReady, Is.False);

        await server.StartAgainAsync();
        await readiness.WhenReadyAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }
}
