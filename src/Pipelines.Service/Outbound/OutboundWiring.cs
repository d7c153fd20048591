using System.Net;
using Pipelines.Service.Wiring;

namespace Pipelines.Service.Outbound;

internal static class OutboundWiring
{
    /// <summary>Webhooks out. Needs the feed's reader of that name, and <c>AddReading</c>.</summary>
    public static IServiceCollection AddOutboundOf(this IServiceCollection services, ServiceSettings settings) =>
        services
            .AddSingleton(settings.Outbound)
            .AddSingleton(new AddressGuard(settings.Outbound, Dns.GetHostAddressesAsync))
            .AddSingleton<WebhookBell>()
            .AddSingleton<WebhookClient>()
            .AddHostedService<WebhookFanOut>()
            .AddHostedService<WebhookDispatcher>();
}
