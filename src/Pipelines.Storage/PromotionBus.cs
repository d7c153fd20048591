using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages;
using Pipelines.Storage.Sagas;

namespace Pipelines.Storage;

public static class PromotionBus
{
    /// <summary>
    /// Decisions are short and of the database; questions to instances take up to a minute each and hold nothing meanwhile, so that many may be out at once.
    /// </summary>
    private const int DecisionsAtOnce = 32;
    private const int QuestionsAtOnce = 64;

    /// <summary>The conductor, and the machines and consumers of every stage kind in the one list.</summary>
    public static void AddPromotions(this IBusRegistrationConfigurator bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        bus.AddDurableCore();
        var parts = new Parts(bus);
        parts.Machine<PromotionStateMachine, PromotionState>("promotion");
        foreach (var kind in StageKinds.All)
        {
            kind.Parts(parts);
        }
    }

    private sealed class Parts(IBusRegistrationConfigurator bus) : IStageParts
    {
        public void Machine<TMachine, TState>(string name)
            where TMachine : class, SagaStateMachine<TState>
            where TState : WaitingSaga
        {
            var machine = bus.AddSagaStateMachine<TMachine, TState>(_ => { });
            machine.Endpoint(endpoint => endpoint.ConcurrentMessageLimit = DecisionsAtOnce);
            machine.DurableRepository(name);
            bus.AddSingleton<ISagaWaker, SagaWaker<TState>>();
        }

        public void Asks<TConsumer>()
            where TConsumer : class, IConsumer =>
            bus.AddConsumer<TConsumer>((_, consumer) => consumer.ConcurrentMessageLimit = QuestionsAtOnce);
    }
}
