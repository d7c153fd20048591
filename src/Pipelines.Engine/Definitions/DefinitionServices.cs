using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Pipelines.Engine.Definitions.Secrets;

namespace Pipelines.Engine.Definitions;

public static class DefinitionServices
{
    /// <summary>
    /// The shelf, the watch on its folder, and the resolver of secrets. Call <see cref="DefinitionShelf.LoadOrThrow"/> after building
    /// the host and before running it.
    /// </summary>
    public static IServiceCollection AddDefinitions(this IServiceCollection services, DefinitionOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<DefinitionShelf>();
        services.AddSingleton<SecretResolver>();
        services.AddHostedService<DefinitionWatch>();
        return services;
    }
}
