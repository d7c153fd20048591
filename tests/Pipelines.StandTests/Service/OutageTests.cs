using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Storage.Hosting;
using Pipelines.Testing.Postgres;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.RabbitMq;

namespace Pipelines.ServiceTests;

internal sealed class OutageTests
{
    [Test]
    public async Task The_service_starts_before_its_database_and_outlives_an_outage()
    {
        await using var postgres = await PostgresServer.StartAsync(cancellationToken: TestContext.CurrentContext.CancellationToken);
        if (!postgres.CanBeStopped)
        {
            Assert.Fail($"PostgreSQL is {postgres.Source} and cannot be stopped. Unset PIPELINES_TEST_POSTGRES, or install its own binaries.");
        }

        var database = await postgres.CreateDatabaseAsync("late");
        await postgres.StopAsync();
        await using var service = await ServiceUnderTest.StartAsync(database, untilReady: false);
        using var early = await service.Anonymous.SendAsync(service.Delivery("msg_early"));
        await ServiceUnderTest.ProblemOf(early, 503);
        await postgres.StartAgainAsync();
        await service.ReadyAsync();
        await service.EndOfAsync(await service.PromoteAsync(), "Succeeded");

        await postgres.StopAsync();
        using var live = await service.Admin.GetAsync(new Uri("/health/live", UriKind.Relative));
        using var ready = await service.Admin.GetAsync(new Uri("/health/ready", UriKind.Relative));
        using var hook = await service.Anonymous.SendAsync(service.Delivery("msg_away"));
        using var api = await service.Admin.GetAsync(new Uri("/promotions", UriKind.Relative));
        Assert.That((int)live.StatusCode, Is.EqualTo(200));
        Assert.That((int)ready.StatusCode, Is.EqualTo(503));
        await ServiceUnderTest.ProblemOf(hook, 503);
        await ServiceUnderTest.ProblemOf(api, 503);

        await postgres.StartAgainAsync();
        await service.ReadyAsync();
        using var again = await service.Anonymous.SendAsync(service.Delivery("msg_away"));
        await service.EndOfAsync((await ServiceUnderTest.JsonOf(again)).GetProperty("id").GetGuid(), "Succeeded");
    }

    [Test]
    public async Task A_promotion_travels_over_RabbitMQ_by_one_setting()
    {
        await using var broker = await RabbitMqBroker.StartAsync(TestContext.CurrentContext.CancellationToken);
        await using var service = await ServiceUnderTest.StartAsync(settings: ["--Pipelines:Transport=RabbitMq", $"--Pipelines:RabbitMq:Uri={broker.ConnectionUri}"]);

        await service.EndOfAsync(await service.PromoteAsync(), "Succeeded");

        Assert.That(service.Replicas.Select(x => x.Revision), Is.All.EqualTo(service.Development.Revision));
        await service.Log.FirstOfAsync(3100);
    }

    [Test]
    public async Task A_broker_that_was_away_has_all_endpoints_on_its_new_connection()
    {
        await using var broker = await RabbitMqBroker.StartAsync(TestContext.CurrentContext.CancellationToken);
        await using var service = await ServiceUnderTest.StartAsync(settings: ["--Pipelines:Transport=RabbitMq", $"--Pipelines:RabbitMq:Uri={broker.ConnectionUri}"]);
        var connections = service.Services.GetRequiredService<BusConnections>();
        await AllBackAsync(after: 0);
        var before = connections.Connections;

        await broker.StopAsync();
        await broker.StartAgainAsync();

        await AllBackAsync(after: before);
        await service.EndOfAsync(await service.PromoteAsync(), "Succeeded");

        Task AllBackAsync(long after) => Until.TrueAsync(
            $"all endpoints to be ready on a connection after number {after}",
            () => connections.Connections > after ? connections.Complaint() : $"number {connections.Connections}",
            TimeSpan.FromSeconds(120));
    }
}
