using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>
/// Brings a snapshot to every replica of a target: holds the target, has recorded what every replica runs, then goes wave by wave; on failure
/// it has the touched replicas restored, last touched first; when that fails too, it calls people and keeps trying quietly.
/// </summary>
public sealed class RolloutStateMachine : MassTransitStateMachine<RolloutState>
{
    public RolloutStateMachine()
    {
        InstanceState(x => x.CurrentState);
        Event(() => Start, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Granted, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Recorded, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => NotRecorded, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Deployed, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => NotDeployed, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Restored, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => NotRestored, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Surveyed, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Cancel, x => x.CorrelateById(m => m.Message.StageId));
        Event(() => Retry, x => x.CorrelateById(m => m.Message.StageId));
        Schedule(() => WaitOver, x => x.WaitToken, x => x.Received = r => r.CorrelateById(m => m.Message.StageId));

        Initially(
            When(Start)
                .RememberTheTask()
                .TakeTheTarget()
                .IfElse(x => x.Saga.Token is not null,
                    ours => ours.AskForRecord(WaitOver).TransitionTo(Recording),
                    busy => busy.WaitForTurn(WaitOver).TransitionTo(Queued)));

        During(Queued,
            When(Granted)
                .HoldTheTarget()
                .AskForRecord(WaitOver)
                .TransitionTo(Recording),
            When(WaitOver.Received, x => x.IsOver())
                .RememberWhoHeldTheTarget()
                .LetTheTargetGo()
                .StopWaiting(WaitOver)
                .Fail(x => x.Reason!)
                .TransitionTo(Failed),
            When(Cancel)
                .LetTheTargetGo()
                .StopWaiting(WaitOver)
                .AdmitCancelled()
                .TransitionTo(Cancelled));

        During(Recording,
            When(Recorded, x => x.Message.Attempt == x.Saga.Attempt)
                .RememberTheReplicas()
                .SetOut()
                .SendWave(WaitOver)
                .TransitionTo(Rolling),
            When(NotRecorded, x => x.Message.Attempt == x.Saga.Attempt)
                .RememberWhy()
                .IfElse(x => !x.Message.Definite && x.MayTryAgain(x.Saga.Settings.Retries),
                    again => again.Pause(WaitOver).TransitionTo(Pausing),
                    over => over.LetTheTargetGo().StopWaiting(WaitOver).Fail(x => x.LastError!).TransitionTo(Failed)),
            When(WaitOver.Received, x => x.IsOver())
                .RememberSilence()
                .IfElse(x => x.MayTryAgain(x.Saga.Settings.Retries),
                    again => again.Pause(WaitOver).TransitionTo(Pausing),
                    over => over.LetTheTargetGo().StopWaiting(WaitOver).Fail(x => x.LastError!).TransitionTo(Failed)));

        During(Pausing,
            When(WaitOver.Received, x => x.IsOver())
                .AskForRecord(WaitOver)
                .TransitionTo(Recording));

        During(Recording, Pausing,
            When(Cancel)
                .LetTheTargetGo()
                .StopWaiting(WaitOver)
                .AdmitCancelled()
                .TransitionTo(Cancelled));

        During(Rolling,
            When(Deployed, x => x.IsExpected(x.Message.Order, x.Message.Index) && !x.IsLastOfWave())
                .Strike(x => x.Index),
            When(Deployed, x => x.IsExpected(x.Message.Order, x.Message.Index) && x.IsLastOfWave() && !x.LooksBack())
                .Strike(x => x.Index)
                .NextWave()
                .SendWave(WaitOver),
            When(Deployed, x => x.IsExpected(x.Message.Order, x.Message.Index) && x.IsLastOfWave() && x.LooksBack())
                .Strike(x => x.Index)
                .AskWhatRunsNow(WaitOver)
                .TransitionTo(Confirming),
            When(NotDeployed, x => x.IsExpected(x.Message.Order, x.Message.Index))
                .RememberTheFirstReason(x => x.Message.Reason)
                .IfElse(x => x.Saga.Settings.OnFailure == OnFailure.Restore,
                    back => back.TurnBack().RestoreNext(WaitOver).TransitionTo(Restoring),
                    hold => hold.AskForSurvey(WaitOver).TransitionTo(Surveying)),
            When(WaitOver.Received, x => x.IsOver())
                .RememberTheFirstReason(x => x.WhatIsLate())
                .IfElse(x => x.Saga.Settings.OnFailure == OnFailure.Restore,
                    back => back.TurnBack().RestoreNext(WaitOver).TransitionTo(Restoring),
                    hold => hold.AskForSurvey(WaitOver).TransitionTo(Surveying)),
            When(Cancel, x => x.IsNewWish())
                .RememberTheAbort()
                .TurnBack()
                .RestoreNext(WaitOver)
                .TransitionTo(Restoring));

        // A replica that was verified an hour ago may have died since, or been deployed to by somebody: that all run one revision is looked at, not concluded.
        During(Confirming,
            // In this order: each condition is asked after the steps of those before it, and the next wave touches more.
            When(Surveyed, x => x.Message.Attempt == x.Saga.Attempt && !x.AllTouchedRun())
                .RememberTheFirstReason(x => x.WhatDoesNotRun())
                .IfElse(x => x.Saga.Settings.OnFailure == OnFailure.Restore,
                    back => back.TurnBack().RestoreNext(WaitOver).TransitionTo(Restoring),
                    hold => hold.AskForSurvey(WaitOver).TransitionTo(Surveying)),
            When(Surveyed, x => x.Message.Attempt == x.Saga.Attempt && x.AllTouchedRun() && x.IsLastWave())
                .LetTheTargetGo()
                .StopWaiting(WaitOver)
                .Succeed()
                .TransitionTo(Succeeded),
            When(Surveyed, x => x.Message.Attempt == x.Saga.Attempt && x.AllTouchedRun() && !x.IsLastWave())
                .NextWave()
                .SendWave(WaitOver)
                .TransitionTo(Rolling),
            When(WaitOver.Received, x => x.IsOver())
                .RememberTheFirstReason(x => $"What the replicas of '{x.Saga.Settings.To}' run after wave {x.Saga.Wave + 1} could not be found out in time.")
                .IfElse(x => x.Saga.Settings.OnFailure == OnFailure.Restore,
                    back => back.TurnBack().RestoreNext(WaitOver).TransitionTo(Restoring),
                    hold => hold.AskForSurvey(WaitOver).TransitionTo(Surveying)),
            When(Cancel, x => x.IsNewWish())
                .RememberTheAbort()
                .TurnBack()
                .RestoreNext(WaitOver)
                .TransitionTo(Restoring));

        During(Restoring,
            When(Restored, x => x.IsRestoring(x.Message.Order, x.Message.Index) && !x.IsLastToRestore())
                .RestoreNext(WaitOver),
            When(Restored, x => x.IsRestoring(x.Message.Order, x.Message.Index) && x.IsLastToRestore() && x.Saga.Stuck.Count == 0)
                .LetTheTargetGo()
                .StopWaiting(WaitOver)
                .AdmitRolledBack()
                .TransitionTo(RolledBack),
            When(Restored, x => x.IsRestoring(x.Message.Order, x.Message.Index) && x.IsLastToRestore() && x.Saga.Stuck.Count > 0)
                .AskForSurvey(WaitOver)
                .TransitionTo(Surveying),
            When(NotRestored, x => x.IsRestoring(x.Message.Order, x.Message.Index))
                .RememberStuck(x => x.Message.Reason)
                .IfElse(x => x.MayRestoreOthers(),
                    on => on.RestoreNext(WaitOver),
                    stop => stop.AskForSurvey(WaitOver).TransitionTo(Surveying)),
            When(WaitOver.Received, x => x.IsOver())
                .RememberStuck(x => x.WhatIsNotRestored())
                .IfElse(x => x.MayRestoreOthers(),
                    on => on.RestoreNext(WaitOver),
                    stop => stop.AskForSurvey(WaitOver).TransitionTo(Surveying)),
            // What was tried quietly is now somebody's wish: it is tried in earnest, and when it fails people hear of it.
            When(Cancel, x => x.IsNewWish() && x.Saga.Quiet)
                .RememberTheAbort()
                .TurnBack()
                .RestoreNext(WaitOver),
            When(Cancel, x => x.IsNewWish() && !x.Saga.Quiet).RememberTheAbort(),
            When(Retry, x => x.Saga.Quiet).RememberTheRetry());

        During(Surveying,
            When(Surveyed, x => x.Message.Attempt == x.Saga.Attempt)
                .CallPeople()
                .WaitForPeople(WaitOver)
                .TransitionTo(NeedsAttention),
            When(WaitOver.Received, x => x.IsOver())
                .CallPeopleWithoutSurvey()
                .WaitForPeople(WaitOver)
                .TransitionTo(NeedsAttention),
            When(Cancel, x => x.IsNewWish())
                .RememberTheAbort()
                .TurnBack()
                .RestoreNext(WaitOver)
                .TransitionTo(Restoring),
            // Only who was called can ask for it: before that it is the echo of an earlier wish.
            When(Retry, x => x.Saga.Quiet).RememberTheRetry());

        During(NeedsAttention,
            When(Retry)
                .SetOut()
                .SendWave(WaitOver)
                .TransitionTo(Rolling),
            When(Cancel, x => x.IsNewWish())
                .RememberTheAbort()
                .TurnBack()
                .RestoreNext(WaitOver)
                .TransitionTo(Restoring),
            When(WaitOver.Received, x => x.IsOver() && x.Saga.RetryWanted)
                .SetOut()
                .SendWave(WaitOver)
                .TransitionTo(Rolling),
            // A replica that comes back after hours is not forgotten: what could not be restored is tried again for as long as nobody decides otherwise.
            When(WaitOver.Received, x => x.IsOver() && !x.Saga.RetryWanted && x.WasTurnedBack())
                .TurnBackQuietly()
                .RestoreNext(WaitOver)
                .TransitionTo(Restoring),
            When(WaitOver.Received, x => x.IsOver() && !x.Saga.RetryWanted && !x.WasTurnedBack())
                .WaitForPeople(WaitOver));

        During([Queued, Recording, Pausing, Rolling, Confirming, Restoring, Surveying, NeedsAttention], Ignore(Start));
        During([Recording, Pausing, Rolling, Confirming, Restoring, Surveying, NeedsAttention], Ignore(Granted));
        During([Queued, Pausing, Rolling, Confirming, Restoring, Surveying, NeedsAttention], Ignore(Recorded), Ignore(NotRecorded));
        During([Queued, Recording, Pausing, Confirming, Restoring, Surveying, NeedsAttention], Ignore(Deployed), Ignore(NotDeployed));
        During([Queued, Recording, Pausing, Rolling, Confirming, Surveying, NeedsAttention], Ignore(Restored), Ignore(NotRestored));
        During([Queued, Recording, Pausing, Rolling, Restoring, NeedsAttention], Ignore(Surveyed));
        During([Queued, Recording, Pausing, Rolling, Confirming], Ignore(Retry));
        foreach (var end in new[] { Succeeded, Failed, RolledBack, Cancelled })
        {
            During(end,
                Ignore(Start), Ignore(Granted), Ignore(Recorded), Ignore(NotRecorded), Ignore(Deployed), Ignore(NotDeployed), Ignore(Restored),
                Ignore(NotRestored), Ignore(Surveyed), Ignore(Cancel), Ignore(Retry), Ignore(WaitOver.Received));
        }
    }

    public State Queued { get; private set; } = null!;

    public State Recording { get; private set; } = null!;

    public State Pausing { get; private set; } = null!;

    public State Rolling { get; private set; } = null!;

    public State Confirming { get; private set; } = null!;

    public State Restoring { get; private set; } = null!;

    public State Surveying { get; private set; } = null!;

    public State NeedsAttention { get; private set; } = null!;

    public State Succeeded { get; private set; } = null!;

    public State Failed { get; private set; } = null!;

    public State RolledBack { get; private set; } = null!;

    public State Cancelled { get; private set; } = null!;

    public Event<StartRollout> Start { get; private set; } = null!;

    public Event<TargetGranted> Granted { get; private set; } = null!;

    public Event<TargetRecorded> Recorded { get; private set; } = null!;

    public Event<TargetNotRecorded> NotRecorded { get; private set; } = null!;

    public Event<ReplicaDeployed> Deployed { get; private set; } = null!;

    public Event<ReplicaFailed> NotDeployed { get; private set; } = null!;

    public Event<ReplicaRestored> Restored { get; private set; } = null!;

    public Event<ReplicaStuck> NotRestored { get; private set; } = null!;

    public Event<TargetSurveyed> Surveyed { get; private set; } = null!;

    public Event<CancelStage> Cancel { get; private set; } = null!;

    public Event<RetryStage> Retry { get; private set; } = null!;

    public Schedule<RolloutState, RolloutWaitOver> WaitOver { get; private set; } = null!;
}
