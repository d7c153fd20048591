using MassTransit;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.Engine.Stages.Validate;

namespace Pipelines.Storage;

public static class PromotionBus
{
    /// <summary>
    /// Decisions are short and of the database; questions to instances take up to a minute each and hold nothing meanwhile, so that many may be out at once.
    /// </summary>
    private const int DecisionsAtOnce = 32;
    private const int QuestionsAtOnce = 64;

    /// <summary>The machines and those who ask for them, by hand, in the order of the walk. The names are those of the rows: they never change.</summary>
    public static void AddPromotions(this IBusRegistrationConfigurator bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        bus.AddDurableCore();
        bus.AddSagaStateMachine<PromotionStateMachine, PromotionState>(_ => { }).Decides().DurableRepository("promotion");

        bus.AddSagaStateMachine<SnapshotStateMachine, SnapshotState>(_ => { }).Decides().DurableRepository("snapshot");
        bus.AddConsumer<TakeSnapshotConsumer>(Asks);

        bus.AddSagaStateMachine<ValidateStateMachine, ValidateState>(_ => { }).Decides().DurableRepository("validate");
        bus.AddConsumer<ValidateSnapshotConsumer>(Asks);

        bus.AddSagaStateMachine<RolloutStateMachine, RolloutState>(_ => { }).Decides().DurableRepository("rollout");
        bus.AddConsumer<RecordTargetConsumer>(Asks);
        bus.AddConsumer<SurveyTargetConsumer>(Asks);

        bus.AddSagaStateMachine<ReplicaStateMachine, ReplicaState>(_ => { }).Decides().DurableRepository("replica");
        bus.AddConsumer<DeployReplicaConsumer>(Asks);
        bus.AddConsumer<SoakReplicaConsumer>(Asks);
        bus.AddConsumer<RestoreReplicaConsumer>(Asks);
    }

    private static ISagaRegistrationConfigurator<TSaga> Decides<TSaga>(this ISagaRegistrationConfigurator<TSaga> machine)
        where TSaga : class, ISaga
    {
        machine.Endpoint(endpoint => endpoint.ConcurrentMessageLimit = DecisionsAtOnce);
        return machine;
    }

    private static void Asks<TConsumer>(IRegistrationContext context, IConsumerConfigurator<TConsumer> consumer)
        where TConsumer : class, IConsumer =>
        consumer.ConcurrentMessageLimit = QuestionsAtOnce;
}
