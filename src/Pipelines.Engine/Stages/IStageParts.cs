using MassTransit;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages;

/// <summary>What a stage kind is made of, told to whoever wires it: its machines, and the consumers that ask and report.</summary>
public interface IStageParts
{
    /// <param name="name">The machine's name in its rows; it never changes.</param>
    void Machine<TMachine, TState>(string name)
        where TMachine : class, SagaStateMachine<TState>
        where TState : WaitingSaga;

    /// <summary>A consumer that asks an instance, which may take a minute, and holds nothing meanwhile.</summary>
    void Asks<TConsumer>()
        where TConsumer : class, IConsumer;
}
