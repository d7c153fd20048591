using MassTransit;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using MassTransit.Scheduling;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Outbox;

/// <summary>What a consumer or a saga consumes: whatever it sends, publishes, answers or schedules is written into its unit of work.</summary>
internal sealed class DurableConsumeContext<TMessage> : ConsumeContextProxy<TMessage>, OutboxSendContext
    where TMessage : class
{
    private readonly ConsumeContext<TMessage> _outside;
    private readonly UnitOfWork _unit;
    private readonly ConsumerMap _consumers;
    private readonly IServiceProvider _services;

    public DurableConsumeContext(ConsumeContext<TMessage> context, UnitOfWork unit, ConsumerMap consumers, IServiceProvider services)
        : base(context)
    {
        _outside = context;
        _unit = unit;
        _consumers = consumers;
        _services = services;

        var receive = new OutboxReceiveContext(this, context.ReceiveContext);
        ReceiveContext = receive;
        PublishEndpointProvider = receive.PublishEndpointProvider;

        MessageSchedulerContext Scheduler() => new ConsumeMessageSchedulerContext(
            this, consumed => new MessageScheduler(new OutboxScheduleProvider(consumed, unit), consumed.GetPayload<IBusTopology>()));
        context.AddOrUpdatePayload(Scheduler, _ => Scheduler());
    }

    public Task AddSend<T>(SendContext<T> context)
        where T : class
    {
        _unit.Send(OutboxMessage.From(context, _consumers, _unit.Time));
        return Task.CompletedTask;
    }

    // A fault is told although, and because, the unit of work is rolled back: it must not go into it.
    public override Task NotifyFaulted<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) =>
        _outside.NotifyFaulted(_outside as ConsumeContext<T> ?? context, duration, consumerType, exception);

    public object? GetService(Type serviceType) => _services.GetService(serviceType);
}
