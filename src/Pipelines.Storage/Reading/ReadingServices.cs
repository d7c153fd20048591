using Microsoft.Extensions.DependencyInjection;
using Npgsql;
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
            .AddSingleton(of => new AuditLog(Get<NpgsqlDataSource>(of), Get<Outside>(of), Get<TimeProvider>(of)))
            .AddSingleton(of => new HookDeliveryStore(Get<Outside>(of), Get<TimeProvider>(of)))
            .AddSingleton(of => new TokenStore(Get<Outside>(of), Get<AuditLog>(of), Get<TimeProvider>(of)))
            .AddSingleton(of => new WebhookSubscriptions(Get<Outside>(of), Get<AuditLog>(of), Get<TimeProvider>(of)))
            .AddSingleton(of => new WebhookDeliveries(Get<NpgsqlDataSource>(of), Get<Outside>(of), Get<AuditLog>(of), Get<TimeProvider>(of)));

    private static T Get<T>(IServiceProvider services)
        where T : notnull => services.GetRequiredService<T>();
}
