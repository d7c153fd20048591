using Microsoft.Extensions.DependencyInjection;
using Pipelines.Storage.Audit;
using Pipelines.Storage.Hooks;
using Pipelines.Storage.Tokens;
using Pipelines.Storage.Webhooks;

namespace Pipelines.Storage.Reading;

public static class ReadingServices
{
    /// <summary>What the API reads, its tokens, its webhooks, and who changed what of them.</summary>
    public static IServiceCollection AddReading(this IServiceCollection services) =>
        services
            .AddSingleton<PromotionReader>()
            .AddSingleton<AuditLog>()
            .AddSingleton<HookDeliveryStore>()
            .AddSingleton<TokenStore>()
            .AddSingleton<WebhookSubscriptions>()
            .AddSingleton<WebhookDeliveries>();
}
