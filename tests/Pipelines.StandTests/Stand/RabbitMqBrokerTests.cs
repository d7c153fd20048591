using MassTransit;
using NUnit.Framework;
using Pipelines.Testing.Stand;

namespace Pipelines.StandTests.Stand;

public sealed class RabbitMqBrokerTests
{
    public sealed record Hello(string Text);

    [Test]
    public async Task Messages_survive_a_broker_that_is_stopped_and_one_that_is_killed()
    {
        var stand = await StandOfTheRun.FreshAsync();
        var broker = stand.Broker;
        await SendAsync(broker.ConnectionUri, "before the stop");

        await broker.StopAsync();
        Assert.That(broker.IsRunning, Is.False);
        await broker.StartAgainAsync();
        await SendAsync(broker.ConnectionUri, "before the kill");
        await broker.KillAsync();
        await broker.StartAgainAsync();

        Assert.That(await ReceiveAsync(broker.ConnectionUri, 2), Is.EquivalentTo(["before the stop", "before the kill"]));
    }

    private static async Task SendAsync(Uri uri, string text)
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(uri));
        await bus.StartAsync();
        var endpoint = await bus.GetSendEndpoint(new Uri("queue:stand-hello"));
        await endpoint.Send(new Hello(text));
        await bus.StopAsync();
    }

    private static async Task<IEnumerable<string>> ReceiveAsync(Uri uri, int count)
    {
        var received = new List<string>();
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(uri);
            rabbit.ReceiveEndpoint("stand-hello", endpoint => endpoint.Handler<Hello>(context =>
            {
                lock (received)
                {
                    received.Add(context.Message.Text);
                }

                return Task.CompletedTask;
            }));
        });
        await bus.StartAsync();
        await Until.TrueAsync("the messages", () => received.Count >= count ? null : $"{received.Count} of {count}", TimeSpan.FromSeconds(20));
        await bus.StopAsync();
        return received;
    }
}
