using MassTransit;
using Pipelines.Storage;

namespace Pipelines.Service.Wiring;

internal static class BusWiring
{
    /// <summary>
    /// Twice what a machine decides at once, so that its next messages are here when the last ones are done; just what may be asked of instances at once,
    /// so that no question waits here while another process is idle.
    /// </summary>
    private const ushort Prefetch = 64;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    public static IServiceCollection AddBusOf(this IServiceCollection services, ServiceSettings settings) =>
        services.AddMassTransit(bus =>
        {
            bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter("pipelines", includeNamespace: false));
            bus.AddPromotions();
            bus.AddConsumer<CountEndings>();
            bus.AddConsumeObserver<CountReplicas>();
            if (settings.Transport == Transport.RabbitMq)
            {
                UseRabbitMq(bus, settings.RabbitMq!);
            }
            else
            {
                // Its own limit would be the number of processors; those of the endpoints decide.
                bus.AddConfigureEndpointsCallback((_, _, endpoint) => endpoint.PrefetchCount = Prefetch);
                bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context));
            }
        });

    private static void UseRabbitMq(IBusRegistrationConfigurator bus, Uri broker)
    {
        bus.AddConfigureEndpointsCallback((_, _, endpoint) =>
        {
            endpoint.PrefetchCount = Prefetch;
            if (endpoint is IRabbitMqReceiveEndpointConfigurator queue)
            {
                // Replicated, and a message that kills its consumer again and again is noticed.
                queue.SetQuorumQueue();
            }
        });
        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(broker, host =>
            {
                host.PublisherConfirmation = true;
                host.Heartbeat(Heartbeat);
                host.ConnectionName("pipelines");
            });
            rabbit.ConfigureEndpoints(context);
        });
    }
}
