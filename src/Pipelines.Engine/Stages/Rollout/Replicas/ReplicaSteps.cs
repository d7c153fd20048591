using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Promotions;

namespace Pipelines.Engine.Stages.Rollout.Replicas;

internal static class ReplicaSteps
{
    /// <summary>A soak is watched in pieces, so that an engine that dies meanwhile is noticed soon.</summary>
    private static readonly TimeSpan SoakPiece = TimeSpan.FromSeconds(20);

    public static bool Answers(this BehaviorContext<ReplicaState> context, int attempt) => attempt == context.Saga.Attempt;

    public static bool IsOver(this BehaviorContext<ReplicaState, ReplicaWaitOver> context) => context.Message.Wait == context.Saga.Wait;

    public static bool IsNews(this BehaviorContext<ReplicaState> context, int order) => order > context.Saga.Order;

    /// <summary>An answer to what was asked before the latest order, hence without its force, is never the last word on it.</summary>
    public static bool MayTryToRestoreAgain(this BehaviorContext<ReplicaState, ReplicaNotRestored> context) =>
        context.Saga.Tries < context.Saga.RestoreTries && (!context.Message.Definite || context.Saga.Tries == 0);

    public static EventActivityBinder<ReplicaState, BringReplica> FollowOrder(this EventActivityBinder<ReplicaState, BringReplica> binder) =>
        binder.Then(x =>
        {
            Follow(x.Saga, x.Message.Which, x.Message.Order, x.Message.SnapshotDigest, x.Message.Before, x.Message.Settings);
            x.Saga.RestoreWanted = false;
        });

    public static EventActivityBinder<ReplicaState, BringBackReplica> FollowOrder(this EventActivityBinder<ReplicaState, BringBackReplica> binder) =>
        binder.Then(x =>
        {
            Follow(x.Saga, x.Message.Which, x.Message.Order, x.Message.SnapshotDigest, x.Message.Before, x.Message.Settings);
            x.Saga.DeployWanted = false;
            x.Saga.RestoreTries = x.Message.Attempts;
            x.Saga.Force = x.Message.Force;
        });

    public static EventActivityBinder<ReplicaState, BringBackReplica> RestoreLater(this EventActivityBinder<ReplicaState, BringBackReplica> binder) =>
        binder.Then(x => x.Saga.RestoreWanted = true);

    public static EventActivityBinder<ReplicaState, BringReplica> DeployLater(this EventActivityBinder<ReplicaState, BringReplica> binder) =>
        binder.Then(x => x.Saga.DeployWanted = true);

    public static EventActivityBinder<ReplicaState, T> AskToDeploy<T>(
        this EventActivityBinder<ReplicaState, T> binder, Schedule<ReplicaState, ReplicaWaitOver> timer)
        where T : class =>
        binder
            .Then(x =>
            {
                x.Saga.DeployWanted = false;
                x.CountAttempt("Deploying");
            })
            .Publish(x => new DeployReplica(x.Saga.Which, x.Saga.Attempt, x.Saga.SnapshotDigest, x.Saga.Before, x.Saga.Settings, x.Now() + x.Saga.Settings.Deadlines.Answer))
            .WaitUntil(timer, (saga, now) => now + saga.Settings.Deadlines.Answer + Waiting.Grace, Wake);

    public static EventActivityBinder<ReplicaState, ReplicaTook> BeginSoak(this EventActivityBinder<ReplicaState, ReplicaTook> binder) =>
        binder.Then(x =>
        {
            x.Saga.Tries = 0;
            x.Saga.SoakEndsAt = x.Now() + x.Saga.Settings.Soak.Duration;
        });

    /// <summary>What nobody watched was no soak: one look after its end would let flows pass that crash every few seconds.</summary>
    public static EventActivityBinder<ReplicaState, ReplicaWaitOver> SoakAnew(this EventActivityBinder<ReplicaState, ReplicaWaitOver> binder) =>
        binder.Then(x => x.Saga.SoakEndsAt = x.Now() + x.Saga.Settings.Soak.Duration);

    /// <summary>Tries are counted for each piece: a long soak has more pieces than a question may have tries.</summary>
    public static EventActivityBinder<ReplicaState, ReplicaKeptRunning> BeginPiece(this EventActivityBinder<ReplicaState, ReplicaKeptRunning> binder) =>
        binder.Then(x => x.Saga.Tries = 0);

    public static EventActivityBinder<ReplicaState, T> AskToSoak<T>(
        this EventActivityBinder<ReplicaState, T> binder, Schedule<ReplicaState, ReplicaWaitOver> timer)
        where T : class =>
        binder
            .Then(x => x.CountAttempt("Soaking"))
            .Publish(x => new SoakReplica(
                x.Saga.Which, x.Saga.Attempt, x.Saga.SnapshotDigest, x.Saga.Settings,
                Waiting.Earlier(x.Saga.SoakEndsAt, x.Now() + SoakPiece), x.Now() + SoakPiece + x.Saga.Settings.Deadlines.Answer))
            .WaitUntil(timer, (saga, now) => now + SoakPiece + saga.Settings.Deadlines.Answer + Waiting.Grace, Wake);

    public static EventActivityBinder<ReplicaState, T> AskToRestore<T>(
        this EventActivityBinder<ReplicaState, T> binder, Schedule<ReplicaState, ReplicaWaitOver> timer)
        where T : class =>
        binder
            .Then(x =>
            {
                x.Saga.RestoreWanted = false;
                x.CountAttempt("Restoring");
            })
            .Publish(x => new RestoreReplica(
                x.Saga.Which, x.Saga.Attempt, x.Saga.SnapshotDigest, x.Saga.Before, x.Saga.Settings, x.Saga.Force, x.Now() + x.Saga.Settings.Deadlines.Answer))
            .WaitUntil(timer, (saga, now) => now + saga.Settings.Deadlines.Answer + Waiting.Grace, Wake);

    public static EventActivityBinder<ReplicaState, T> Pause<T>(
        this EventActivityBinder<ReplicaState, T> binder, Schedule<ReplicaState, ReplicaWaitOver> timer, Func<ReplicaState, RetrySettings> retries)
        where T : class =>
        binder
            .Then(x => x.Note("Pausing"))
            .WaitUntil(timer, (saga, now) => now + retries(saga).PauseAfter(saga.Tries), Wake);

    public static EventActivityBinder<ReplicaState, T> RememberWhy<T>(this EventActivityBinder<ReplicaState, T> binder, Func<T, string> reason)
        where T : class =>
        binder.Then(x => x.Saga.LastError = reason(x.Message));

    public static EventActivityBinder<ReplicaState, ReplicaWaitOver> RememberSilence(this EventActivityBinder<ReplicaState, ReplicaWaitOver> binder) =>
        binder.Then(x => x.Saga.LastError =
            $"'{x.Saga.Which.Replica}' was not done with in {x.Saga.Settings.Deadlines.Answer.TotalSeconds:0} s (attempt {x.Saga.Attempt}). {x.Saga.LastError}".TrimEnd());

    public static EventActivityBinder<ReplicaState, T> ReportDeployed<T>(this EventActivityBinder<ReplicaState, T> binder)
        where T : class =>
        binder
            .Then(x =>
            {
                x.Saga.LastError = null;
                x.Note("Deployed");
            })
            .Publish(x => new ReplicaDeployed(x.Saga.Which.StageId, x.Saga.CorrelationId, x.Saga.Which.Index, x.Saga.Order));

    public static EventActivityBinder<ReplicaState, T> ReportFailed<T>(this EventActivityBinder<ReplicaState, T> binder)
        where T : class =>
        binder
            .Then(x => x.Note("Failed"))
            .Publish(x => new ReplicaFailed(x.Saga.Which.StageId, x.Saga.CorrelationId, x.Saga.Which.Index, x.Saga.Order, x.Saga.LastError!));

    public static EventActivityBinder<ReplicaState, T> ReportRestored<T>(this EventActivityBinder<ReplicaState, T> binder)
        where T : class =>
        binder
            .Then(x =>
            {
                x.Saga.LastError = null;
                x.Note("Restored");
            })
            .Publish(x => new ReplicaRestored(x.Saga.Which.StageId, x.Saga.CorrelationId, x.Saga.Which.Index, x.Saga.Order));

    public static EventActivityBinder<ReplicaState, T> ReportStuck<T>(this EventActivityBinder<ReplicaState, T> binder)
        where T : class =>
        binder
            .Then(x => x.Note("Stuck"))
            .Publish(x => new ReplicaStuck(x.Saga.Which.StageId, x.Saga.CorrelationId, x.Saga.Which.Index, x.Saga.Order, x.Saga.LastError!));

    private static void Follow(ReplicaState saga, ReplicaInRollout which, int order, string snapshotDigest, RecordedReplica before, RolloutSettings settings)
    {
        saga.Which = which;
        saga.Order = order;
        saga.SnapshotDigest = snapshotDigest;
        saga.Before = before;
        saga.Settings = settings;
        saga.Tries = 0;
    }

    private static void CountAttempt<T>(this BehaviorContext<ReplicaState, T> context, string state)
        where T : class
    {
        context.Saga.Attempt++;
        context.Saga.Tries++;
        context.Note(state);
    }

    private static void Note(this BehaviorContext<ReplicaState> context, string state) =>
        context.Get<IPromotionJournal>().ReplicaIs(context.Saga.Which, state, context.Saga.Attempt, context.Saga.LastError);

    public static ReplicaWaitOver Wake(ReplicaState saga) => new(saga.CorrelationId, saga.Wait);
}
