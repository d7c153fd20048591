using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Storage.DeadLetters;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Migrations;
using Pipelines.Storage.Outbox;

namespace Pipelines.Storage;

/// <summary>The one door through which a service gets the storage.</summary>
public static class StorageServiceCollectionExtensions
{
    /// <summary>
    /// Adds the database, the scoped <see cref="UnitOfWork"/>, migrations, outbox and housekeeping. Together with
    /// <see cref="DurableBusExtensions.AddDurableCore"/> it starts the bus once PostgreSQL answers and is migrated.
    /// </summary>
    public static IServiceCollection AddPipelinesStorage(this IServiceCollection services, Action<PipelinesStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new PipelinesStorageOptions();
        configure(options);
        options.Validate();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(provider => CreateDataSource(options, provider.GetService<ILoggerFactory>()));
        services.AddSingleton<MigrationRunner>();
        services.AddSingleton<ProcessLock>();
        services.AddSingleton<StorageReadiness>();
        services.AddSingleton<IStorageReadiness>(provider => provider.GetRequiredService<StorageReadiness>());
        services.AddSingleton<ConsumerMap>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<OutboxSweeper>();
        services.AddSingleton<OutboxSender>();
        services.AddSingleton<OutboxRelay>();
        services.AddSingleton<Housekeeping>();
        services.AddSingleton<BusConnections>();
        services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<BusConnections>());
        services.AddSingleton<BusKeeper>();
        services.AddSingleton<Watchdog>();
        services.AddSingleton(provider => new StorageMetrics(provider.GetService<System.Diagnostics.Metrics.IMeterFactory>()));
        services.AddSingleton<SetAside>();
        services.AddSingleton<Outside>();
        services.AddScoped(provider => new DeadLetterStore(
            provider.GetRequiredService<UnitOfWork>(),
            provider.GetRequiredService<Outside>(),
            provider.GetRequiredService<ConsumerMap>(),
            provider.GetRequiredService<TimeProvider>()));
        // Lazy, because the bus is built from endpoints that are built from us.
        services.TryAddSingleton<IOutboxTransport>(provider => new BusTransport(new Lazy<IBus>(provider.GetRequiredService<IBus>), provider.GetRequiredService<TimeProvider>()));
        services.AddScoped(provider => new UnitOfWork(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<OutboxSender>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<UnitOfWork>>()));
        services.AddHostedService<DurableHost>();
        return services;
    }

    internal static NpgsqlDataSource CreateDataSource(PipelinesStorageOptions options, ILoggerFactory? loggers)
    {
        // Locks that stay with a session have unpooled connections of their own, and a test looks through the queries for whatever else would. So a session need not be swept
        // each time it is lent, with seven statements.
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Enlist = false, NoResetOnClose = true };
        connection.ApplicationName ??= "pipelines";
        if (connection.MaxAutoPrepare == 0)
        {
            // Every query is one of a few dozen files: prepared on its second use, parsed and planned no more.
            connection.MaxAutoPrepare = 100;
            connection.AutoPrepareMinUsages = 2;
        }

        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);
        if (loggers is not null)
        {
            builder.UseLoggerFactory(loggers);
        }

        return builder.Build();
    }
}
