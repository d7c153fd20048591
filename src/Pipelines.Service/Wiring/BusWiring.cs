using MassTransit;
using Pipelines.Storage;
using Pipelines.Storage.Hosting;

namespace Pipelines.Service.Wiring;

internal static class BusWiring
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the client waits for the broker's word on a queue or a consumer. On a connection that is gone it waits in vain, for the consumers and then for the bus itself, and only
    /// then is the bus stopped and can be started again.
    /// </summary>
    private static readonly TimeSpan WordWithin = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddBusOf(this IServiceCollection services, ServiceSettings settings) =>
        services.AddMassTransit(bus =>
        {
            bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter("pipelines", includeNamespace: false));
            bus.AddPromotions(settings.DecisionsAtOnce);
            bus.AddConsumer<CountEndings>();
            bus.AddConsumeObserver<CountReplicas>();
            if (settings.Transport == Transport.RabbitMq)
            {
                UseRabbitMq(bus, settings.RabbitMq!);
            }
            else
            {
                bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context));
            }
        });

    private static void UseRabbitMq(IBusRegistrationConfigurator bus, Uri broker)
    {
        bus.AddConfigureEndpointsCallback((_, _, endpoint) =>
        {
            if (endpoint is IRabbitMqReceiveEndpointConfigurator queue)
            {
                // Replicated, and a message that kills its consumer again and again is noticed.
                queue.SetQuorumQueue();
            }
        });
        bus.UsingRabbitMq((context, rabbit) =>
        {
            var connections = context.GetRequiredService<BusConnections>();
            rabbit.Host(broker, host =>
            {
                host.PublisherConfirmation = true;
                host.Heartbeat(Heartbeat);
                host.ContinuationTimeout(WordWithin);
                host.ConnectionName("pipelines");
                host.OnRefreshConnectionFactory = _ =>
                {
                    connections.Connecting();
                    return Task.CompletedTask;
                };
            });
            rabbit.ConfigureEndpoints(context);
        });
    }
}
