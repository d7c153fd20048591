using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages.Rollout.Replicas;

/// <summary>
/// Brings one replica to the snapshot, or back to what it ran before. It has one question out at a time, accepts only the answer to that one,
/// and never turns back while a question is out: what was asked of a replica may still happen.
/// </summary>
public sealed class ReplicaStateMachine : MassTransitStateMachine<ReplicaState>
{
    public ReplicaStateMachine()
    {
        InstanceState(x => x.CurrentState);
        Event(() => Bring, x => x.CorrelateById(m => m.Message.Which.ReplicaId));
        Event(() => BringBack, x => x.CorrelateById(m => m.Message.Which.ReplicaId));
        Event(() => Took, x => x.CorrelateById(m => m.Message.ReplicaId));
        Event(() => Refused, x => x.CorrelateById(m => m.Message.ReplicaId));
        Event(() => Silent, x => x.CorrelateById(m => m.Message.ReplicaId));
        Event(() => KeptRunning, x => x.CorrelateById(m => m.Message.ReplicaId));
        Event(() => TookBack, x => x.CorrelateById(m => m.Message.ReplicaId));
        Event(() => NotRestored, x => x.CorrelateById(m => m.Message.ReplicaId));
        Schedule(() => WaitOver, x => x.WaitToken, x => x.Received = r => r.CorrelateById(m => m.Message.ReplicaId));

        Initially(
            When(Bring)
                .FollowOrder()
                .AskToDeploy(WaitOver)
                .TransitionTo(Deploying),
            // The two orders may overtake each other: whoever never heard of the first has it done all the same.
            When(BringBack)
                .FollowOrder()
                .AskToRestore(WaitOver)
                .TransitionTo(Restoring));

        During(Deploying,
            When(Took, x => x.Answers(x.Message.Attempt) && !x.Saga.RestoreWanted)
                .IfElse(x => x.Saga.Settings.Soak.Duration > TimeSpan.Zero,
                    soak => soak.BeginSoak().AskToSoak(WaitOver).TransitionTo(Soaking),
                    done => done.StopWaiting(WaitOver).ReportDeployed().TransitionTo(Deployed)),
            When(Refused, x => x.Answers(x.Message.Attempt) && !x.Saga.RestoreWanted)
                .RememberWhy(x => x.Reason)
                .StopWaiting(WaitOver)
                .ReportFailed()
                .TransitionTo(Failed),
            When(Silent, x => x.Answers(x.Message.Attempt) && !x.Saga.RestoreWanted)
                .RememberWhy(x => x.Reason)
                .IfElse(x => x.Saga.Tries < x.Saga.Settings.Retries.Attempts,
                    again => again.Pause(WaitOver, x => x.Settings.Retries).TransitionTo(Pausing),
                    over => over.StopWaiting(WaitOver).ReportFailed().TransitionTo(Failed)),
            When(WaitOver.Received, x => x.IsOver() && !x.Saga.RestoreWanted)
                .RememberSilence()
                .IfElse(x => x.Saga.Tries < x.Saga.Settings.Retries.Attempts,
                    again => again.AskToDeploy(WaitOver),
                    over => over.StopWaiting(WaitOver).ReportFailed().TransitionTo(Failed)));

        During(Pausing,
            When(WaitOver.Received, x => x.IsOver())
                .AskToDeploy(WaitOver)
                .TransitionTo(Deploying));

        During(Soaking,
            When(KeptRunning, x => x.Answers(x.Message.Attempt) && !x.Saga.RestoreWanted)
                .IfElse(x => x.Message.Until < x.Saga.SoakEndsAt,
                    on => on.BeginPiece().AskToSoak(WaitOver),
                    done => done.StopWaiting(WaitOver).ReportDeployed().TransitionTo(Deployed)),
            When(Refused, x => x.Answers(x.Message.Attempt) && !x.Saga.RestoreWanted)
                .RememberWhy(x => x.Reason)
                .StopWaiting(WaitOver)
                .ReportFailed()
                .TransitionTo(Failed),
            When(WaitOver.Received, x => x.IsOver() && !x.Saga.RestoreWanted)
                .RememberSilence()
                .IfElse(x => x.Saga.Tries < x.Saga.Settings.Retries.Attempts,
                    again => again.SoakAnew().AskToSoak(WaitOver),
                    over => over.StopWaiting(WaitOver).ReportFailed().TransitionTo(Failed)));

        // A question is out: whatever comes of it, then the replica is restored.
        During(Deploying, Soaking,
            When(Took, x => x.Answers(x.Message.Attempt) && x.Saga.RestoreWanted).AskToRestore(WaitOver).TransitionTo(Restoring),
            When(Refused, x => x.Answers(x.Message.Attempt) && x.Saga.RestoreWanted).AskToRestore(WaitOver).TransitionTo(Restoring),
            When(Silent, x => x.Answers(x.Message.Attempt) && x.Saga.RestoreWanted).AskToRestore(WaitOver).TransitionTo(Restoring),
            When(KeptRunning, x => x.Answers(x.Message.Attempt) && x.Saga.RestoreWanted).AskToRestore(WaitOver).TransitionTo(Restoring),
            When(WaitOver.Received, x => x.IsOver() && x.Saga.RestoreWanted).AskToRestore(WaitOver).TransitionTo(Restoring));

        During(Deploying,
            When(BringBack, x => x.IsNews(x.Message.Order)).FollowOrder().RestoreLater(),
            When(Bring, x => x.IsNews(x.Message.Order)).FollowOrder());

        // Soaking only looks: nothing is under way that a restore could overtake.
        During(Soaking, Pausing,
            When(BringBack, x => x.IsNews(x.Message.Order)).FollowOrder().AskToRestore(WaitOver).TransitionTo(Restoring),
            When(Bring, x => x.IsNews(x.Message.Order)).FollowOrder());

        During(Restoring,
            When(TookBack, x => x.Answers(x.Message.Attempt) && !x.Saga.DeployWanted)
                .StopWaiting(WaitOver)
                .ReportRestored()
                .TransitionTo(Restored),
            When(NotRestored, x => x.Answers(x.Message.Attempt) && !x.Saga.DeployWanted)
                .RememberWhy(x => x.Reason)
                .IfElse(x => x.MayTryToRestoreAgain(),
                    again => again.Pause(WaitOver, x => x.Settings.RestoreRetries).TransitionTo(RestorePausing),
                    over => over.StopWaiting(WaitOver).ReportStuck().TransitionTo(Stuck)),
            When(WaitOver.Received, x => x.IsOver() && !x.Saga.DeployWanted)
                .RememberSilence()
                .IfElse(x => x.Saga.Tries < x.Saga.RestoreTries,
                    again => again.AskToRestore(WaitOver),
                    over => over.StopWaiting(WaitOver).ReportStuck().TransitionTo(Stuck)),
            // A restore is out, and it may still happen: it must not overtake the deploy that was ordered since.
            When(TookBack, x => x.Answers(x.Message.Attempt) && x.Saga.DeployWanted).AskToDeploy(WaitOver).TransitionTo(Deploying),
            When(NotRestored, x => x.Answers(x.Message.Attempt) && x.Saga.DeployWanted).AskToDeploy(WaitOver).TransitionTo(Deploying),
            When(WaitOver.Received, x => x.IsOver() && x.Saga.DeployWanted).AskToDeploy(WaitOver).TransitionTo(Deploying));

        During(RestorePausing,
            When(WaitOver.Received, x => x.IsOver())
                .AskToRestore(WaitOver)
                .TransitionTo(Restoring));

        // Once it was told to go back, only a later order sends it forth again.
        During(Restoring,
            When(BringBack, x => x.IsNews(x.Message.Order)).FollowOrder(),
            When(Bring, x => x.IsNews(x.Message.Order)).FollowOrder().DeployLater());

        During(RestorePausing,
            When(BringBack, x => x.IsNews(x.Message.Order)).FollowOrder(),
            When(Bring, x => x.IsNews(x.Message.Order)).FollowOrder().AskToDeploy(WaitOver).TransitionTo(Deploying));

        During(Deployed, Failed, Restored, Stuck,
            When(BringBack, x => x.IsNews(x.Message.Order)).FollowOrder().AskToRestore(WaitOver).TransitionTo(Restoring),
            When(Bring, x => x.IsNews(x.Message.Order)).FollowOrder().AskToDeploy(WaitOver).TransitionTo(Deploying));

        During(Deploying, Ignore(KeptRunning), Ignore(TookBack), Ignore(NotRestored));
        During(Soaking, Ignore(TookBack), Ignore(NotRestored));
        During(Pausing, Ignore(Took), Ignore(Refused), Ignore(Silent), Ignore(KeptRunning), Ignore(TookBack), Ignore(NotRestored));
        During(Restoring, Ignore(Took), Ignore(Refused), Ignore(Silent), Ignore(KeptRunning));
        During(RestorePausing, Ignore(Took), Ignore(Refused), Ignore(Silent), Ignore(KeptRunning), Ignore(TookBack), Ignore(NotRestored));
        foreach (var rest in new[] { Deployed, Failed, Restored, Stuck })
        {
            During(rest,
                Ignore(Took), Ignore(Refused), Ignore(Silent), Ignore(KeptRunning), Ignore(TookBack), Ignore(NotRestored), Ignore(WaitOver.Received));
        }
    }

    public State Deploying { get; private set; } = null!;

    public State Pausing { get; private set; } = null!;

    public State Soaking { get; private set; } = null!;

    public State Deployed { get; private set; } = null!;

    public State Failed { get; private set; } = null!;

    public State Restoring { get; private set; } = null!;

    public State RestorePausing { get; private set; } = null!;

    public State Restored { get; private set; } = null!;

    public State Stuck { get; private set; } = null!;

    public Event<BringReplica> Bring { get; private set; } = null!;

    public Event<BringBackReplica> BringBack { get; private set; } = null!;

    public Event<ReplicaTook> Took { get; private set; } = null!;

    public Event<ReplicaRefused> Refused { get; private set; } = null!;

    public Event<ReplicaSilent> Silent { get; private set; } = null!;

    public Event<ReplicaKeptRunning> KeptRunning { get; private set; } = null!;

    public Event<ReplicaTookBack> TookBack { get; private set; } = null!;

    public Event<ReplicaNotRestored> NotRestored { get; private set; } = null!;

    public Schedule<ReplicaState, ReplicaWaitOver> WaitOver { get; private set; } = null!;
}
