using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Feed;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.Engine.Stages.Validate;
using Pipelines.Engine.Triggers;
using Pipelines.Storage.Feed;
using Pipelines.Storage.Locks;
using Pipelines.Storage.Promotions;
using Pipelines.Storage.Schedules;
using Pipelines.Storage.Snapshots;

namespace Pipelines.Storage;

public static class PromotionStores
{
    /// <summary>Fulfils the engine's ports, in the order of the walk. Needs <see cref="StorageServiceCollectionExtensions.AddPipelinesStorage"/>.</summary>
    public static IServiceCollection AddPromotionStores(this IServiceCollection services)
    {
        services.AddScoped<IPromotionIntake, PromotionIntake>();
        services.AddSingleton<IPinnedDefinitions, PinnedDefinitions>();
        services.AddScoped<IPromotionJournal, PromotionJournal>();
        services.AddScoped<ISnapshotStore, SnapshotStore>();
        services.AddSingleton<ISnapshotReader, SnapshotReader>();
        services.AddScoped<IFindingStore, FindingStore>();
        services.AddScoped<IDiffStore, DiffStore>();
        services.AddScoped<TargetLocks>();
        services.AddScoped<ITargetLocks>(provider => provider.GetRequiredService<TargetLocks>());
        services.AddScoped<BusyTargets>();
        services.AddScoped<IReplicaLedger, ReplicaLedger>();
        services.AddScoped<IFeed, FeedStore>();
        services.AddScoped<SeenCommands>();
        services.AddSingleton<KnownPins>();
        services.AddScoped<ScheduledStarts>();
        return services;
    }
}
