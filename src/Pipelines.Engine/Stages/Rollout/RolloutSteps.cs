using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Promotions;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>The way there: hold the target, record, and go wave by wave.</summary>
internal static class RolloutSteps
{
    private static readonly TimeSpan RecordWithin = TimeSpan.FromSeconds(60);

    public static bool IsOver(this BehaviorContext<RolloutState, RolloutWaitOver> context) => context.Message.Wait == context.Saga.Wait;

    public static bool IsExpected(this BehaviorContext<RolloutState> context, int order, int index) =>
        order == context.Saga.Order && context.Saga.Outstanding.Contains(index);

    public static bool IsLastOfWave(this BehaviorContext<RolloutState> context) => context.Saga.Outstanding.Count == 1;

    public static bool IsLastWave(this BehaviorContext<RolloutState> context) => context.Saga.Wave == context.Saga.Plan().Sizes.Count - 1;

    public static WavePlan Plan(this RolloutState saga) =>
        WavePlan.For(saga.OneByOne ? saga.Settings with { Waves = ["1"] } : saga.Settings, saga.Replicas);

    public static EventActivityBinder<RolloutState, StartRollout> RememberTheTask(this EventActivityBinder<RolloutState, StartRollout> binder) =>
        binder.Then(x =>
        {
            x.Saga.PromotionId = x.Message.PromotionId;
            x.Saga.Settings = x.Message.Settings;
            x.Saga.SnapshotDigest = x.Message.SnapshotDigest;
            x.Saga.EndsAt = x.Now() + x.Message.Settings.Deadlines.Turn;
        });

    public static EventActivityBinder<RolloutState, StartRollout> TakeTheTarget(this EventActivityBinder<RolloutState, StartRollout> binder) =>
        binder.ThenAsync(async x =>
            x.Saga.Token = await x.Get<ITargetLocks>().TakeAsync(x.Saga.Settings.To, x.Saga.PromotionId, x.Saga.CorrelationId, x.CancellationToken));

    public static EventActivityBinder<RolloutState, T> WaitForTurn<T>(
        this EventActivityBinder<RolloutState, T> binder, Schedule<RolloutState, RolloutWaitOver> timer)
        where T : class =>
        binder
            .Then(x => x.Note("Queued"))
            .WaitUntil(timer, (saga, _) => saga.EndsAt, Wake);

    public static EventActivityBinder<RolloutState, TargetGranted> HoldTheTarget(this EventActivityBinder<RolloutState, TargetGranted> binder) =>
        binder.Then(x => x.Saga.Token = x.Message.Token);

    public static EventActivityBinder<RolloutState, RolloutWaitOver> RememberWhoHeldTheTarget(this EventActivityBinder<RolloutState, RolloutWaitOver> binder) =>
        binder.ThenAsync(async x => x.Saga.Reason =
            $"'{x.Saga.Settings.To}' was not free within {x.Saga.Settings.Deadlines.Turn}: {await x.Get<ITargetLocks>().HolderAsync(x.Saga.Settings.To, x.Saga.CorrelationId, x.CancellationToken)}. "
            + "See to that promotion first, or raise deadlines.turn.");

    /// <summary>Lets go of the target, or leaves the line, and tells whoever is next.</summary>
    public static EventActivityBinder<RolloutState, T> LetTheTargetGo<T>(this EventActivityBinder<RolloutState, T> binder)
        where T : class =>
        binder.ThenAsync(async x =>
        {
            var next = await x.Get<ITargetLocks>().ReleaseAsync(x.Saga.Settings.To, x.Saga.PromotionId, x.Saga.CorrelationId, x.CancellationToken);
            x.Saga.Token = null;
            if (next is not null)
            {
                await x.Publish(new TargetGranted(next.StageId, next.Target, next.Token), x.CancellationToken);
            }
        });

    public static EventActivityBinder<RolloutState, T> AskForRecord<T>(
        this EventActivityBinder<RolloutState, T> binder, Schedule<RolloutState, RolloutWaitOver> timer)
        where T : class =>
        binder
            .Then(x =>
            {
                x.Saga.Attempt++;
                x.Saga.Tries++;
                // Every try counts against the one deadline; until here it was that of the turn.
                x.Saga.EndsAt = x.Saga.Tries == 1 ? x.Now() + x.Saga.Settings.Deadlines.Stage : x.Saga.EndsAt;
                x.Note("Recording");
            })
            .Publish(x => new RecordTarget(
                x.Saga.CorrelationId, x.Saga.PromotionId, x.Saga.Settings.To, x.Saga.Token!.Value, x.Saga.SnapshotDigest!, x.Saga.Attempt, x.AskUntil(RecordWithin)))
            .WaitUntil(timer, (_, now) => now + RecordWithin + Waiting.Grace, Wake);

    public static EventActivityBinder<RolloutState, T> Pause<T>(
        this EventActivityBinder<RolloutState, T> binder, Schedule<RolloutState, RolloutWaitOver> timer)
        where T : class =>
        binder.WaitUntil(timer, (saga, now) => now + saga.Settings.Retries.PauseAfter(saga.Tries), Wake);

    public static EventActivityBinder<RolloutState, TargetNotRecorded> RememberWhy(this EventActivityBinder<RolloutState, TargetNotRecorded> binder) =>
        binder.Then(x => x.Saga.LastError = x.Message.Reason);

    public static EventActivityBinder<RolloutState, RolloutWaitOver> RememberSilence(this EventActivityBinder<RolloutState, RolloutWaitOver> binder) =>
        binder.Then(x => x.Saga.LastError ??= $"What the replicas of '{x.Saga.Settings.To}' run was not recorded in time. Look whether they answer, then promote again.");

    public static EventActivityBinder<RolloutState, TargetRecorded> RememberTheReplicas(this EventActivityBinder<RolloutState, TargetRecorded> binder) =>
        binder.Then(x => x.Saga.Replicas = x.Message.Replicas);

    /// <summary>Begins with the first wave; also after people have said retry: replicas that have the snapshot are found to have it.</summary>
    public static EventActivityBinder<RolloutState, T> SetOut<T>(this EventActivityBinder<RolloutState, T> binder)
        where T : class =>
        binder.Then(x =>
        {
            x.Saga.Wave = 0;
            x.Saga.Order++;
            x.Saga.OneByOne |= x.Saga.Stuck.Count > 0;
            x.Saga.MayBeOut = [.. x.Saga.StillOut().Union(x.Saga.Outstanding)];
            x.Saga.Outstanding = [];
            x.Saga.RestoringIndex = TurningBack.Nobody;
            x.Saga.Stuck = [];
            x.Saga.Reason = null;
            x.Saga.StuckReason = null;
            x.Saga.Aborted = false;
            x.Saga.Quiet = false;
            x.Saga.Told = false;
            x.Saga.RetryWanted = false;
            x.Saga.EndsAt = x.Now() + x.Saga.Settings.Deadlines.Stage;
            x.Note("Rolling");
        });

    public static EventActivityBinder<RolloutState, T> NextWave<T>(this EventActivityBinder<RolloutState, T> binder)
        where T : class =>
        binder.Then(x => x.Saga.Wave++);

    /// <summary>Writes touched, in the same transaction that sends the orders, and only while the target is held.</summary>
    public static EventActivityBinder<RolloutState, T> SendWave<T>(
        this EventActivityBinder<RolloutState, T> binder, Schedule<RolloutState, RolloutWaitOver> timer)
        where T : class =>
        binder
            .ThenAsync(async x =>
            {
                var saga = x.Saga;
                var sizes = saga.Plan().Sizes;
                var from = sizes.Take(saga.Wave).Sum();
                var size = sizes[saga.Wave];
                var ledger = x.Get<IReplicaLedger>();
                ledger.Touch(saga.CorrelationId, saga.Settings.To, saga.Token!.Value, from, size, saga.Wave);
                saga.Touched = Math.Max(saga.Touched, from + size);
                saga.Outstanding = [.. Enumerable.Range(from, size)];
                saga.WaveEndsAt = x.Now() + saga.Settings.Deadlines.Wave;
                foreach (var (offset, before) in (await ledger.ReadAsync(saga.CorrelationId, from, size, x.CancellationToken)).Index())
                {
                    await x.Publish(new BringReplica(saga.Which(from + offset, before.Replica), saga.Order, saga.SnapshotDigest!, before, saga.Settings), x.CancellationToken);
                }
            })
            .WaitUntil(timer, (saga, _) => Waiting.Earlier(saga.WaveEndsAt, saga.EndsAt), Wake);

    /// <summary>A replica of the wave has reported that it runs the snapshot.</summary>
    public static EventActivityBinder<RolloutState, T> Strike<T>(this EventActivityBinder<RolloutState, T> binder, Func<T, int> index)
        where T : class =>
        binder.Then(x =>
        {
            x.Saga.Outstanding.Remove(index(x.Message));
            x.Saga.MayBeOut.Remove(index(x.Message));
        });

    public static EventActivityBinder<RolloutState, T> RememberTheFirstReason<T>(
        this EventActivityBinder<RolloutState, T> binder, Func<BehaviorContext<RolloutState, T>, string> reason)
        where T : class =>
        binder.Then(x => x.Saga.Reason ??= reason(x));

    public static string WhatIsLate(this BehaviorContext<RolloutState> context)
    {
        var saga = context.Saga;
        return context.Now() >= saga.EndsAt
            ? $"The rollout to '{saga.Settings.To}' did not end within {saga.Settings.Deadlines.Stage}. Raise deadlines.stage, or look what its replicas waited for."
            : $"Wave {saga.Wave + 1} on '{saga.Settings.To}' did not end within {saga.Settings.Deadlines.Wave}. Raise deadlines.wave, or look what its replicas waited for.";
    }

    public static ReplicaInRollout Which(this RolloutState saga, int index, string replica) =>
        new(DeterministicId.Of(saga.CorrelationId, index), saga.CorrelationId, saga.PromotionId, saga.Settings.To, replica, index, saga.Token!.Value);

    public static void Note<T>(this BehaviorContext<RolloutState, T> context, string state, string? reason = null)
        where T : class =>
        context.Get<IPromotionJournal>().StageIs(context.Saga.PromotionId, context.Saga.CorrelationId, state, reason);

    public static RolloutWaitOver Wake(RolloutState saga) => new(saga.CorrelationId, saga.Wait);
}
