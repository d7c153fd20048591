using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages;
using Pipelines.Storage.Sagas;

namespace Pipelines.Storage;

public static class PromotionBus
{
    /// <summary>Questions to instances take up to a minute each and hold nothing meanwhile, so that many may be out at once. As many are fetched, so that none waits here while another process is idle.</summary>
    private const int QuestionsAtOnce = 64;

    /// <summary>
    /// Decisions are short, of the database and the processor. More at once decide nothing more; they only stand in each other's way, and in that of schedules and webhooks, which
    /// wait for the same processors.
    /// </summary>
    public static int DecisionsAtOnce { get; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>The conductor, and the machines and consumers of every stage kind in the one list.</summary>
    /// <param name="bus">Where they are registered.</param>
    /// <param name="decisionsAtOnce">How many messages the machines of this process decide at once; null is <see cref="DecisionsAtOnce"/>.</param>
    public static void AddPromotions(this IBusRegistrationConfigurator bus, int? decisionsAtOnce = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        var atOnce = decisionsAtOnce ?? DecisionsAtOnce;
        bus.AddDurableCore(atOnce);
        var parts = new Parts(bus, atOnce);
        parts.Machine<PromotionStateMachine, PromotionState>("promotion");
        foreach (var kind in StageKinds.All)
        {
            kind.Parts(parts);
        }
    }

    private sealed class Parts(IBusRegistrationConfigurator bus, int decisionsAtOnce) : IStageParts
    {
        public void Machine<TMachine, TState>(string name)
            where TMachine : class, SagaStateMachine<TState>
            where TState : WaitingSaga
        {
            var machine = bus.AddSagaStateMachine<TMachine, TState>(_ => { });
            machine.Endpoint(endpoint =>
            {
                // Some have decided and wait for the broker's confirm. The next ones are here when these are done; the others are another process's.
                endpoint.ConcurrentMessageLimit = 2 * decisionsAtOnce;
                endpoint.PrefetchCount = 4 * decisionsAtOnce;
            });
            machine.DurableRepository(name);
            bus.AddSingleton<ISagaWaker, SagaWaker<TState>>();
        }

        public void Asks<TConsumer>()
            where TConsumer : class, IConsumer =>
            bus.AddConsumer<TConsumer>((_, consumer) => consumer.ConcurrentMessageLimit = QuestionsAtOnce).Endpoint(endpoint => endpoint.PrefetchCount = QuestionsAtOnce);
    }
}
