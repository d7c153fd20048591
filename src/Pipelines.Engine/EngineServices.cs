using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Instances;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Triggers.Schedules;

namespace Pipelines.Engine;

public static class EngineServices
{
    /// <summary>What consumers share: clients that keep their logins, flows that were read already. Needs the definitions and the stores.</summary>
    public static IServiceCollection AddPromotionEngine(this IServiceCollection services)
    {
        services.AddSingleton<InstanceClients>();
        services.AddSingleton<FlowSets>();
        services.AddSingleton<ReplicaMeans>();
        services.AddSingleton<WhetherChanged>();
        return services;
    }
}
