using MassTransit;
using MassTransit.Configuration;
using MassTransit.DependencyInjection;
using MassTransit.Saga;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Pipelines.Engine.Durable;
using Pipelines.Storage.DeadLetters;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Outbox;
using Pipelines.Storage.Sagas;

namespace Pipelines.Storage;

/// <summary>The bus's side of the durable core.</summary>
public static class DurableBusExtensions
{
    /// <summary>
    /// Puts every endpoint that ConfigureEndpoints makes on the durable core, lets scoped sends outside consumers wait for their commit,
    /// and leaves the start of the bus to the storage, which migrates first. Turns MassTransit's usage telemetry off.
    /// </summary>
    /// <param name="configurator">The bus.</param>
    /// <param name="decisionsAtOnce">How many messages the machines of this process decide at once; null is the number of processors, and two at least.</param>
    public static void AddDurableCore(this IBusRegistrationConfigurator configurator, int? decisionsAtOnce = null)
    {
        ArgumentNullException.ThrowIfNull(configurator);
        configurator.DisableUsageTelemetry();
        configurator.RemoveMassTransitHostedService();
        configurator.AddSingleton(provider => new DecisionGate(decisionsAtOnce ?? PromotionBus.DecisionsAtOnce, provider.GetRequiredService<TimeProvider>()));
        configurator.Replace(ServiceDescriptor.Scoped<IScopedBusContextProvider<IBus>, DurableScopedBusContextProvider>());
        configurator.AddConfigureEndpointsCallback((context, _, endpoint) => endpoint.UseDurableCore(context));
    }

    /// <summary>
    /// Puts one endpoint on the durable core; for those made by hand with ReceiveEndpoint, before their consumers are configured.
    /// While PostgreSQL is away a message is tried for as long as it takes; other errors a few times, and then it is set aside as a dead letter.
    /// </summary>
    public static void UseDurableCore(this IReceiveEndpointConfigurator endpoint, IRegistrationContext context)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        endpoint.UseMessageRetry(retry =>
        {
            retry.Handle<Exception>(PostgresTrouble.IsTransient);
            retry.Exponential(int.MaxValue, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(50));
        });
        endpoint.UseMessageRetry(retry =>
        {
            retry.Handle<Exception>(e => !PostgresTrouble.IsTransient(e) && e is not DeadlyMessageException);
            retry.Intervals(10, 50, 200, 1000);
        });
        endpoint.SetsAside(context.GetRequiredService<SetAside>());
        var observer = new DurableEndpointObserver(endpoint, context);
        endpoint.ConnectConsumerConfigurationObserver(observer);
        endpoint.ConnectSagaConfigurationObserver(observer);
    }

    /// <summary>Keeps this machine's sagas in the table of all.</summary>
    /// <param name="configurator">What AddSagaStateMachine returned.</param>
    /// <param name="name">The machine's name in the rows; never change it. Default: the state's class without "State".</param>
    public static ISagaRegistrationConfigurator<TSaga> DurableRepository<TSaga>(this ISagaRegistrationConfigurator<TSaga> configurator, string? name = null)
        where TSaga : class, IDurableSaga
    {
        ArgumentNullException.ThrowIfNull(configurator);
        var table = new SagaTable<TSaga>(name ?? (typeof(TSaga).Name is var type && type.EndsWith("State", StringComparison.Ordinal) ? type[..^"State".Length] : typeof(TSaga).Name));
        return configurator.Repository(repository =>
        {
            repository.AddSingleton(table);
            repository.RegisterLoadSagaRepository<TSaga, DurableSagaRepositoryContextFactory<TSaga>>();
            repository.RegisterSagaRepository<TSaga, UnitOfWork, SagaConsumeContextFactory<UnitOfWork, TSaga>, DurableSagaRepositoryContextFactory<TSaga>>();
        });
    }
}
