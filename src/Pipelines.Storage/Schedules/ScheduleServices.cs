using Microsoft.Extensions.DependencyInjection;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Schedules;

public static class ScheduleServices
{
    /// <summary>Starts what the definitions schedule. Needs the definitions, the engine and <see cref="PromotionStores.AddPromotionStores"/>.</summary>
    public static IServiceCollection AddSchedules(this IServiceCollection services)
    {
        services.AddSingleton<ScheduleKeeper>();
        services.AddSingleton<ScheduleStarter>();
        services.AddScoped(provider => new ScheduleStore(
            provider.GetRequiredService<UnitOfWork>(), provider.GetRequiredService<Outside>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<ScheduleLoop>();
        return services;
    }
}
