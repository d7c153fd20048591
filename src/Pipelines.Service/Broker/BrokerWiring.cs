using Pipelines.Service.Wiring;

namespace Pipelines.Service.Broker;

internal static class BrokerWiring
{
    /// <summary>What goes out to others over the broker, and what comes in from them; nothing with the in-memory transport.</summary>
    public static IServiceCollection AddBrokerOf(this IServiceCollection services, ServiceSettings settings)
    {
        if (settings is { Transport: Transport.RabbitMq, RabbitMq: { } broker })
        {
            services.AddSingleton(new BrokerLink(broker));
            services.AddHostedService<EventRelay>();
            services.AddSingleton<CommandSenders>();
            services.AddScoped<CommandDesk>();
            services.AddHostedService<CommandInbox>();
        }

        return services;
    }
}
