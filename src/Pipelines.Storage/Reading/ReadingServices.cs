using Microsoft.Extensions.DependencyInjection;
using Pipelines.Storage.Hooks;
using Pipelines.Storage.Tokens;

namespace Pipelines.Storage.Reading;

public static class ReadingServices
{
    /// <summary>What the API reads, and its tokens.</summary>
    public static IServiceCollection AddReading(this IServiceCollection services) =>
        services
            .AddSingleton<PromotionReader>()
            .AddSingleton<HookDeliveryStore>()
            .AddSingleton<TokenStore>();
}
