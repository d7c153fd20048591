using MassTransit;
using MassTransit.Clients;
using MassTransit.DependencyInjection;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using MassTransit.Transports;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Outbox;

/// <summary>
/// Outside a consumer, the scope's <see cref="IPublishEndpoint"/> and <see cref="ISendEndpointProvider"/> write into the scope's unit of work:
/// a request's messages leave when it commits, or never.
/// </summary>
internal sealed class DurableScopedBusContextProvider : IScopedBusContextProvider<IBus>
{
    public DurableScopedBusContextProvider(
        IBus bus, UnitOfWork unit, ConsumerMap consumers, Bind<IBus, IClientFactory> clients, Bind<IBus, IScopedConsumeContextProvider> busContext,
        IScopedConsumeContextProvider anyContext, IServiceProvider services)
    {
        Context = busContext.Value.HasContext ? new ConsumeContextScopedBusContext(busContext.Value.GetContext(), clients.Value)
            : anyContext.HasContext ? new ConsumeContextScopedBusContext<IBus>(bus, anyContext.GetContext(), clients.Value, services)
            : new UnitContext(bus, unit, consumers, clients.Value, services);
    }

    public ScopedBusContext Context { get; }

    private sealed class UnitContext(IBus bus, UnitOfWork unit, ConsumerMap consumers, IClientFactory clients, IServiceProvider services)
        : ScopedBusContext, OutboxSendContext
    {
        public ISendEndpointProvider SendEndpointProvider => field ??= new OutboxSendEndpointProvider(this, bus);

        public IPublishEndpoint PublishEndpoint => field ??= new PublishEndpoint(new OutboxPublishEndpointProvider(this, bus));

        // A request waits for its answer, so it cannot wait for a commit: it goes straight to the bus.
        public IScopedClientFactory ClientFactory => field ??= new ScopedClientFactory(new ClientFactory(new ScopedClientFactoryContext(clients, services)), null);

        public Task AddSend<T>(SendContext<T> context)
            where T : class
        {
            unit.Send(OutboxMessage.From(context, consumers, unit.Time));
            return Task.CompletedTask;
        }

        public object? GetService(Type serviceType) => services.GetService(serviceType);
    }
}
