using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages.Snapshot;

/// <summary>Takes the flows of an instance: asks, waits with a deadline, asks again after a pause, and ends with a digest or a reason.</summary>
public sealed class SnapshotStateMachine : MassTransitStateMachine<SnapshotState>
{
    public SnapshotStateMachine()
    {
        InstanceState(x => x.CurrentState);
        Event(() => Start, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Taken, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => NotTaken, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Cancel, x => x.CorrelateById(m => m.Message.StageId));
        Schedule(() => WaitOver, x => x.WaitToken, x => x.Received = r => r.CorrelateById(m => m.Message.StageId));

        Initially(
            When(Start)
                .RememberTheTask()
                .Ask(WaitOver)
                .TransitionTo(Asking));

        During(Asking,
            When(Taken, x => x.Message.Attempt == x.Saga.Attempt)
                .RememberTheDigest()
                .StopWaiting(WaitOver)
                .Succeed()
                .TransitionTo(Succeeded),
            When(NotTaken, x => x.Message.Attempt == x.Saga.Attempt)
                .RememberWhy()
                .IfElse(x => !x.Message.Definite && x.MayTryAgain(x.Saga.Settings.Retries),
                    again => again.Pause(WaitOver).TransitionTo(Pausing),
                    over => over.StopWaiting(WaitOver).Fail(x => x.LastError!).TransitionTo(Failed)),
            When(WaitOver.Received, x => x.Message.Wait == x.Saga.Wait)
                .RememberSilence()
                .IfElse(x => x.MayTryAgain(x.Saga.Settings.Retries),
                    again => again.Pause(WaitOver).TransitionTo(Pausing),
                    over => over.StopWaiting(WaitOver).Fail(x => x.LastError!).TransitionTo(Failed)));

        During(Pausing,
            When(WaitOver.Received, x => x.Message.Wait == x.Saga.Wait)
                .Ask(WaitOver)
                .TransitionTo(Asking),
            Ignore(Taken), Ignore(NotTaken));

        During(Asking, Pausing,
            When(Cancel)
                .StopWaiting(WaitOver)
                .AdmitCancelled()
                .TransitionTo(Cancelled),
            Ignore(Start));

        During(Succeeded, Failed, Cancelled,
            Ignore(Start), Ignore(Taken), Ignore(NotTaken), Ignore(Cancel), Ignore(WaitOver.Received));
    }

    public State Asking { get; private set; } = null!;

    public State Pausing { get; private set; } = null!;

    public State Succeeded { get; private set; } = null!;

    public State Failed { get; private set; } = null!;

    public State Cancelled { get; private set; } = null!;

    public Event<StartSnapshot> Start { get; private set; } = null!;

    public Event<SnapshotTaken> Taken { get; private set; } = null!;

    public Event<SnapshotNotTaken> NotTaken { get; private set; } = null!;

    public Event<CancelStage> Cancel { get; private set; } = null!;

    public Schedule<SnapshotState, SnapshotWaitOver> WaitOver { get; private set; } = null!;
}
