using Microsoft.Extensions.DependencyInjection;
using Pipelines.Storage.Hooks;
using Pipelines.Storage.Tokens;
using Pipelines.Storage.Webhooks;

namespace Pipelines.Storage.Reading;

public static class ReadingServices
{
    /// <summary>What the API reads, its tokens, and its webhooks.</summary>
    public static IServiceCollection AddReading(this IServiceCollection services) =>
        services
            .AddSingleton<PromotionReader>()
            .AddSingleton<HookDeliveryStore>()
            .AddSingleton<TokenStore>()
            .AddSingleton<WebhookSubscriptions>()
            .AddSingleton<WebhookDeliveries>();
}
