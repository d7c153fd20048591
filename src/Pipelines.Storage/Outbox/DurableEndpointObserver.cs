using MassTransit;
using MassTransit.Configuration;
using MassTransit.DependencyInjection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pipelines.Storage.Outbox;

/// <summary>Puts the filter before each consumer and each saga of an endpoint, and notes who hears what.</summary>
internal sealed class DurableEndpointObserver(IReceiveEndpointConfigurator endpoint, IRegistrationContext context)
    : IConsumerConfigurationObserver, ISagaConfigurationObserver
{
    private readonly ConsumerMap _consumers = context.GetRequiredService<ConsumerMap>();
    private readonly int _deadlyAfter = context.GetRequiredService<PipelinesStorageOptions>().Transport.DeadlyAfter;
    private readonly ILogger<DurableCore> _logger = context.GetRequiredService<ILogger<DurableCore>>();

    public void ConsumerConfigured<TConsumer>(IConsumerConfigurator<TConsumer> configurator)
        where TConsumer : class
    {
    }

    public void ConsumerMessageConfigured<TConsumer, TMessage>(IConsumerMessageConfigurator<TConsumer, TMessage> configurator)
        where TConsumer : class
        where TMessage : class =>
        AddFilter<TMessage>((IConsumerMessageConfigurator<TMessage>)configurator, typeof(TConsumer).Name, gate: null);

    public void SagaConfigured<TSaga>(ISagaConfigurator<TSaga> configurator)
        where TSaga : class, ISaga
    {
    }

    public void StateMachineSagaConfigured<TInstance>(ISagaConfigurator<TInstance> configurator, SagaStateMachine<TInstance> stateMachine)
        where TInstance : class, ISaga, SagaStateMachineInstance
    {
    }

    public void SagaMessageConfigured<TSaga, TMessage>(ISagaMessageConfigurator<TSaga, TMessage> configurator)
        where TSaga : class, ISaga
        where TMessage : class =>
        AddFilter<TMessage>((ISagaMessageConfigurator<TMessage>)configurator, typeof(TSaga).Name, context.GetRequiredService<DecisionGate>());

    private void AddFilter<TMessage>(IPipeConfigurator<ConsumeContext<TMessage>> configurator, string consumer, DecisionGate? gate)
        where TMessage : class
    {
        var name = _consumers.Add<TMessage>(endpoint.InputAddress, consumer);
        var filter = new DurableConsumeFilter<TMessage>(new ConsumeScopeProvider(context), _consumers, name, gate, _deadlyAfter, _logger);
        configurator.AddPipeSpecification(new FilterPipeSpecification<ConsumeContext<TMessage>>(filter));
    }
}
