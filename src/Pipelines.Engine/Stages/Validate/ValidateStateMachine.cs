using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages.Validate;

/// <summary>Holds a snapshot against the rules: asks for all findings at once, and lets the promotion pass or stops it.</summary>
public sealed class ValidateStateMachine : MassTransitStateMachine<ValidateState>
{
    public ValidateStateMachine()
    {
        InstanceState(x => x.CurrentState);
        Event(() => Start, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Validated, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => NotValidated, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Cancel, x => x.CorrelateById(m => m.Message.StageId));
        Schedule(() => WaitOver, x => x.WaitToken, x => x.Received = r => r.CorrelateById(m => m.Message.StageId));

        Initially(
            When(Start)
                .RememberTheTask()
                .Ask(WaitOver)
                .TransitionTo(Asking));

        During(Asking,
            When(Validated, x => x.Message.Attempt == x.Saga.Attempt && !x.Message.Stops)
                .StopWaiting(WaitOver)
                .Succeed()
                .TransitionTo(Succeeded),
            When(Validated, x => x.Message.Attempt == x.Saga.Attempt && x.Message.Stops)
                .StopWaiting(WaitOver)
                .RememberTheFindings()
                .Fail(x => x.LastError!)
                .TransitionTo(Failed),
            When(NotValidated, x => x.Message.Attempt == x.Saga.Attempt)
                .RememberWhy()
                .IfElse(x => x.MayTryAgain(x.Saga.Settings.Retries),
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
            Ignore(Validated), Ignore(NotValidated));

        During(Asking, Pausing,
            When(Cancel)
                .StopWaiting(WaitOver)
                .AdmitCancelled()
                .TransitionTo(Cancelled),
            Ignore(Start));

        During(Succeeded, Failed, Cancelled,
            Ignore(Start), Ignore(Validated), Ignore(NotValidated), Ignore(Cancel), Ignore(WaitOver.Received));
    }

    public State Asking { get; private set; } = null!;

    public State Pausing { get; private set; } = null!;

    public State Succeeded { get; private set; } = null!;

    public State Failed { get; private set; } = null!;

    public State Cancelled { get; private set; } = null!;

    public Event<StartValidate> Start { get; private set; } = null!;

    public Event<SnapshotValidated> Validated { get; private set; } = null!;

    public Event<SnapshotNotValidated> NotValidated { get; private set; } = null!;

    public Event<CancelStage> Cancel { get; private set; } = null!;

    public Schedule<ValidateState, ValidateWaitOver> WaitOver { get; private set; } = null!;
}
