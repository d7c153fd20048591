using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>The way back: restore what was touched, last touched first; and what happens when that fails too.</summary>
internal static class TurningBack
{
    /// <summary>Before the first is being restored.</summary>
    public const int Nobody = -1;

    internal static readonly TimeSpan SurveyWithin = TimeSpan.FromSeconds(60);

    public static bool IsRestoring(this BehaviorContext<RolloutState> context, int order, int index) =>
        order == context.Saga.Order && index == context.Saga.RestoringIndex;

    public static bool IsNewWish(this BehaviorContext<RolloutState, CancelStage> context) => context.Message.Request > context.Saga.CancelRequest;

    public static bool IsLastToRestore(this BehaviorContext<RolloutState> context) => context.Saga.NextToRestore() is null;

    /// <summary>
    /// First those that may be out of service, then the others, each time last touched first: another one is taken out only when those are back (I4).
    /// </summary>
    public static int? NextToRestore(this RolloutState saga)
    {
        var (last, isOut) = saga.RestoringIndex == Nobody ? (saga.Touched, true) : (saga.RestoringIndex, saga.MayBeOut.Contains(saga.RestoringIndex));
        return isOut ? Before(last, wasOut: true) ?? Before(saga.Touched, wasOut: false) : Before(last, wasOut: false);

        int? Before(int index, bool wasOut)
        {
            for (var i = index - 1; i >= 0; i--)
            {
                if (saga.MayBeOut.Contains(i) == wasOut)
                {
                    return i;
                }
            }

            return null;
        }
    }

    /// <summary>Those that were not restored when it stopped, the one that is being restored, and those whose turn had not come.</summary>
    public static IEnumerable<int> StillOut(this RolloutState saga) =>
        saga.RestoringIndex == Nobody ? saga.MayBeOut.Union(saga.Stuck)
        : saga.MayBeOut.Contains(saga.RestoringIndex) ? saga.MayBeOut.Where(index => index < saga.RestoringIndex).Union(saga.InHand()).Union(saga.Stuck)
        : saga.InHand().Union(saga.Stuck);

    /// <summary>A restore that is under way has neither succeeded nor failed: its replica is out until it is known.</summary>
    private static IEnumerable<int> InHand(this RolloutState saga) =>
        saga.CurrentState == nameof(RolloutStateMachine.Restoring) ? [saga.RestoringIndex] : [];

    /// <summary>
    /// A replica that could not be restored may be out of service because of us. Another one is restored, hence out for a moment, only while
    /// fewer are out than may be (I4).
    /// </summary>
    public static bool MayRestoreOthers(this BehaviorContext<RolloutState> context) =>
        !context.IsLastToRestore() && context.Saga.Stuck.Count < context.Saga.Plan().MaxUnavailable;

    /// <summary>Whether the way is back already, or people are still to decide.</summary>
    public static bool WasTurnedBack(this BehaviorContext<RolloutState> context) =>
        context.Saga.Aborted || context.Saga.Settings.OnFailure == OnFailure.Restore;

    public static EventActivityBinder<RolloutState, CancelStage> RememberTheAbort(this EventActivityBinder<RolloutState, CancelStage> binder) =>
        binder.Then(x =>
        {
            x.Saga.Aborted = true;
            // The later wish counts.
            x.Saga.RetryWanted = false;
            x.Saga.CancelRequest = x.Message.Request;
            x.Saga.Reason ??= x.Message.Because();
        });

    public static EventActivityBinder<RolloutState, RetryStage> RememberTheRetry(this EventActivityBinder<RolloutState, RetryStage> binder) =>
        binder.Then(x => x.Saga.RetryWanted = true);

    /// <summary>A person who was told what every replica runs wants the old flows back whatever it is; nobody else does.</summary>
    public static EventActivityBinder<RolloutState, T> TurnBack<T>(this EventActivityBinder<RolloutState, T> binder)
        where T : class =>
        binder.Then(x => x.Begin(quiet: false, force: x.Saga.Told));

    public static EventActivityBinder<RolloutState, T> TurnBackQuietly<T>(this EventActivityBinder<RolloutState, T> binder)
        where T : class =>
        binder.Then(x => x.Begin(quiet: true, force: false));

    public static EventActivityBinder<RolloutState, T> RestoreNext<T>(
        this EventActivityBinder<RolloutState, T> binder, Schedule<RolloutState, RolloutWaitOver> timer)
        where T : class =>
        binder
            .ThenAsync(async x =>
            {
                var saga = x.Saga;
                saga.RestoringIndex = saga.NextToRestore() ?? throw new InvalidOperationException("Nothing that was touched is left to be restored.");
                var before = (await x.Get<IReplicaLedger>().ReadAsync(saga.CorrelationId, saga.RestoringIndex, 1, x.CancellationToken))[0];
                await x.Publish(
                    new BringBackReplica(
                        saga.Which(saga.RestoringIndex, before.Replica), saga.Order, saga.SnapshotDigest!, before, saga.Settings,
                        saga.Quiet ? 1 : saga.Settings.RestoreRetries.Attempts, saga.Force),
                    x.CancellationToken);
            })
            .WaitUntil(timer, (saga, now) => now + LongestRestore(saga), RolloutSteps.Wake);

    public static EventActivityBinder<RolloutState, T> RememberStuck<T>(
        this EventActivityBinder<RolloutState, T> binder, Func<BehaviorContext<RolloutState, T>, string> reason)
        where T : class =>
        binder.Then(x =>
        {
            x.Saga.Stuck.Add(x.Saga.RestoringIndex);
            x.Saga.StuckReason = reason(x);
        });

    public static string WhatIsNotRestored(this BehaviorContext<RolloutState> context) =>
        $"A replica of '{context.Saga.Settings.To}' was not restored within {LongestRestore(context.Saga)}.";

    public static EventActivityBinder<RolloutState, T> AdmitRolledBack<T>(this EventActivityBinder<RolloutState, T> binder)
        where T : class =>
        binder
            .Then(x => x.Note(x.Saga.Aborted ? "Cancelled" : "RolledBack", x.Saga.Reason))
            .IfElse(x => x.Saga.Aborted,
                aborted => aborted.Publish(x => new StageCancelled(x.Saga.CorrelationId, x.Saga.PromotionId, x.Saga.Reason!)),
                failed => failed.Publish(x => new StageFailed(x.Saga.CorrelationId, x.Saga.PromotionId, x.Saga.Reason!, Restored: true)));

    public static EventActivityBinder<RolloutState, T> AskForSurvey<T>(
        this EventActivityBinder<RolloutState, T> binder, Schedule<RolloutState, RolloutWaitOver> timer)
        where T : class =>
        binder
            .Then(x =>
            {
                x.Saga.Attempt++;
                x.Note("Surveying", x.Saga.WhyItStands());
            })
            .Publish(x => new SurveyTarget(x.Saga.CorrelationId, x.Saga.PromotionId, x.Saga.Settings.To, x.Saga.Replicas, x.Saga.Attempt, x.Now() + SurveyWithin))
            .WaitUntil(timer, (_, now) => now + SurveyWithin + Waiting.Grace, RolloutSteps.Wake);

    /// <summary>People are called once; what the engine then tries by itself is only written down.</summary>
    public static EventActivityBinder<RolloutState, TargetSurveyed> CallPeople(this EventActivityBinder<RolloutState, TargetSurveyed> binder) =>
        binder.CallPeople(x => Task.FromResult(x.Message.Replicas));

    /// <summary>When nobody could find out what the replicas run, people must hear of it all the more.</summary>
    public static EventActivityBinder<RolloutState, RolloutWaitOver> CallPeopleWithoutSurvey(this EventActivityBinder<RolloutState, RolloutWaitOver> binder) =>
        binder.CallPeople(async x =>
            [.. (await x.Get<IReplicaLedger>().ReadAsync(x.Saga.CorrelationId, 0, x.Saga.Replicas, x.CancellationToken))
                .Select(replica => new ReplicaRuns(replica.Replica, null, $"What '{replica.Replica}' runs could not be found out. Ask it."))]);

    private static EventActivityBinder<RolloutState, T> CallPeople<T>(
        this EventActivityBinder<RolloutState, T> binder, Func<BehaviorContext<RolloutState, T>, Task<IReadOnlyList<ReplicaRuns>>> replicas)
        where T : class =>
        binder
            .Then(x =>
            {
                x.Saga.Told = true;
                x.Note("NeedsAttention", x.Saga.WhyItStands());
            })
            .If(x => !x.Saga.Quiet, call => call.ThenAsync(async x => await x.Publish(
                new StageNeedsAttention(x.Saga.CorrelationId, x.Saga.PromotionId, x.Saga.WhyItStands(), await replicas(x)), x.CancellationToken)));

    public static EventActivityBinder<RolloutState, T> WaitForPeople<T>(
        this EventActivityBinder<RolloutState, T> binder, Schedule<RolloutState, RolloutWaitOver> timer)
        where T : class =>
        binder.WaitUntil(timer, (saga, now) => saga.RetryWanted ? now : now + saga.Settings.AttentionInterval, RolloutSteps.Wake);

    /// <summary>The first reason, and what stands in the way of undoing it when that is something else.</summary>
    private static string WhyItStands(this RolloutState saga) =>
        string.Equals(saga.Reason, saga.StuckReason, StringComparison.Ordinal) ? saga.Reason ?? "" : $"{saga.Reason} {saga.StuckReason}".Trim();

    private static void Begin<T>(this BehaviorContext<RolloutState, T> context, bool quiet, bool force)
        where T : class
    {
        var saga = context.Saga;
        saga.Order++;
        saga.MayBeOut = [.. saga.StillOut().Union(saga.Outstanding)];
        saga.Outstanding = [];
        saga.Stuck = [];
        saga.StuckReason = null;
        saga.RestoringIndex = Nobody;
        saga.Quiet = quiet;
        saga.Force = force;
        context.Note("Restoring", saga.Reason);
    }

    /// <summary>The question that may be out first, then every try with its pause: the replica's own limits end it sooner, this is the last resort.</summary>
    private static TimeSpan LongestRestore(RolloutState saga) =>
        (saga.Settings.Deadlines.Answer + Waiting.Grace + saga.Settings.RestoreRetries.MaxDelay) * (saga.Settings.RestoreRetries.Attempts + 1);
}
