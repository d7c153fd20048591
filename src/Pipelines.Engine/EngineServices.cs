using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Instances;
using Pipelines.Engine.Stages.Rollout;

namespace Pipelines.Engine;

public static class EngineServices
{
    /// <summary>What consumers share: clients that keep their logins, flows that were read already. Needs the definitions and the stores.</summary>
    public static IServiceCollection AddPromotionEngine(this IServiceCollection services)
    {
        services.AddSingleton<InstanceClients>();
        services.AddSingleton<FlowSets>();
        services.AddSingleton<ReplicaMeans>();
        return services;
    }
}
