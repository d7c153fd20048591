using System.Diagnostics;
using MassTransit;
using NUnit.Framework;
using Pipelines.Engine.Durable;
using Pipelines.Storage;

namespace Pipelines.DatabaseTests;

/// <summary>Prints what a saga's step costs; asserts nothing timed. Run by name, in Release.</summary>
[Explicit]
internal sealed class StepMeasure
{
    [TestCase(1, 3000)]
    [TestCase(64, 200)]
    public async Task Saga_steps_a_second(int sagas, int steps)
    {
        await using var plant = await Plant.StartAsync(await Cluster.NewDatabaseAsync(), bus =>
            bus.AddSagaStateMachine<WalkMachine, WalkState>().DurableRepository());
        await RunAsync(plant, sagas, 50);
        var elapsed = await RunAsync(plant, sagas, steps);
        TestContext.Out.WriteLine($"{sagas} saga(s): {sagas * steps / elapsed.TotalSeconds:0} steps/s, {elapsed.TotalMilliseconds / steps:0.00} ms a step");
    }

    private static async Task<TimeSpan> RunAsync(Plant plant, int sagas, int steps)
    {
        WalkMachine.Arrived = new CountdownEvent(sagas);
        var since = Stopwatch.StartNew();
        await plant.PublishAsync([.. Enumerable.Range(0, sagas).Select(_ => new Walk(NewId.NextGuid(), steps))]);
        Assert.That(WalkMachine.Arrived.Wait(TimeSpan.FromSeconds(60)), $"{WalkMachine.Arrived.CurrentCount} sagas have not arrived");
        return since.Elapsed;
    }

    public sealed record Walk(Guid Id, int Left) : CorrelatedBy<Guid>
    {
        public Guid CorrelationId => Id;
    }

    public sealed class WalkState : IDurableSaga
    {
        public Guid CorrelationId { get; set; }

        public string CurrentState { get; set; } = null!;

        public DateTimeOffset? DeadlineAt { get; set; }

        public int Left { get; set; }

        public string Luggage { get; set; } = new('x', 600);
    }

    public sealed class WalkMachine : MassTransitStateMachine<WalkState>
    {
        public WalkMachine()
        {
            InstanceState(x => x.CurrentState);
            Initially(When(Walked).Then(x => x.Saga.Left = x.Message.Left).Publish(x => new Walk(x.Saga.CorrelationId, x.Saga.Left - 1)).TransitionTo(Walking));
            During(Walking, When(Walked).Then(x => x.Saga.Left = x.Message.Left)
                .IfElse(x => x.Message.Left > 0, x => x.Publish(y => new Walk(y.Saga.CorrelationId, y.Saga.Left - 1)), x => x.Then(_ => Arrived.Signal())));
        }

        public static CountdownEvent Arrived { get; set; } = null!;

        public State Walking { get; } = null!;

        public Event<Walk> Walked { get; } = null!;
    }
}
