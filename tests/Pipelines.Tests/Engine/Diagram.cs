using MassTransit;
using MassTransit.SagaStateMachine;

namespace Pipelines.Tests.Engine;

/// <summary>
/// Draws a machine. MassTransit's own graph has one vertex for an event of all states, and so says that cancelling a rollout in the queue may
/// begin a restore: here every arrow belongs to its state. Messages that leave a saga where it is are not drawn.
/// </summary>
internal static class Diagram
{
    public static string Of<TSaga>(MassTransitStateMachine<TSaga> machine)
        where TSaga : class, SagaStateMachineInstance
    {
        var visitor = new Arrows<TSaga>();
        machine.Accept(visitor);
        var order = machine.States.Select(x => x.Name).ToList();
        var lines = visitor.Found
            .GroupBy(x => (x.From, x.To), x => x.Event)
            .OrderBy(x => order.IndexOf(x.Key.From)).ThenBy(x => order.IndexOf(x.Key.To))
            .Select(x => $"    {Name(x.Key.From)} --> {Name(x.Key.To)}: {string.Join(", ", x.Distinct())}");
        var ends = order.Where(x => x is not ("Initial" or "Final") && !visitor.Found.Exists(arrow => arrow.From == x)).Select(x => $"    {x} --> [*]");
        return string.Join('\n', (string[])["```mermaid", "stateDiagram-v2", .. lines, .. ends, "```"]);
    }

    private static string Name(string state) => state == "Initial" ? "[*]" : state;

    private sealed class Arrows<TSaga> : StateMachineVisitor
        where TSaga : class, SagaStateMachineInstance
    {
        private string _state = "";
        private string _event = "";

        public List<(string From, string Event, string To)> Found { get; } = [];

        public void Visit(State state, Action<State> next)
        {
            _state = state.Name;
            next(state);
        }

        public void Visit(Event @event, Action<Event> next)
        {
            _event = @event.Name.Replace(".Received", "", StringComparison.Ordinal);
            next(@event);
        }

        public void Visit<TMessage>(Event<TMessage> @event, Action<Event<TMessage>> next)
            where TMessage : class
        {
            _event = @event.Name.Replace(".Received", "", StringComparison.Ordinal);
            next(@event);
        }

        public void Visit(IStateMachineActivity activity) => Visit(activity, _ => { });

        public void Visit<T>(IBehavior<T> behavior)
            where T : class, SagaStateMachineInstance
        {
        }

        public void Visit<T>(IBehavior<T> behavior, Action<IBehavior<T>> next)
            where T : class, SagaStateMachineInstance => next(behavior);

        public void Visit<T, TMessage>(IBehavior<T, TMessage> behavior)
            where T : class, SagaStateMachineInstance
            where TMessage : class
        {
        }

        public void Visit<T, TMessage>(IBehavior<T, TMessage> behavior, Action<IBehavior<T, TMessage>> next)
            where T : class, SagaStateMachineInstance
            where TMessage : class => next(behavior);

        public void Visit(IStateMachineActivity activity, Action<IStateMachineActivity> next)
        {
            if (activity is TransitionActivity<TSaga> { ToState: var to } && to.Name != _state)
            {
                Found.Add((_state, _event, to.Name));
            }

            next(activity);
        }
    }
}
