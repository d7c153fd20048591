using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Stages;

namespace Pipelines.Engine.Promotions;

internal static class PromotionSteps
{
    /// <summary>Stages keep their own deadlines; the conductor only makes sure that a word which got lost is said again.</summary>
    private static readonly TimeSpan RemindEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RepeatCancelEvery = TimeSpan.FromSeconds(5);

    public static bool IsMine(this BehaviorContext<PromotionState> context, Guid stageId) => stageId == context.Saga.StageId;

    public static bool IsLastStage(this BehaviorContext<PromotionState> context) => context.Saga.StageIndex == context.Saga.Stages.Count - 1;

    public static EventActivityBinder<PromotionState, T> ReadTheDefinition<T>(this EventActivityBinder<PromotionState, T> binder)
        where T : class =>
        binder.ThenAsync(async x =>
        {
            var promotion = await x.Get<IPinnedDefinitions>().PromotionAsync(x.Saga.CorrelationId, x.CancellationToken);
            x.Saga.Pipeline = promotion.Definition.Pipeline;
            x.Saga.RequestedBy = promotion.RequestedBy;
            x.Saga.ExistingDigest = promotion.ExistingDigest;
            x.Saga.Stages = [.. promotion.Definition.Stages.Select(stage => stage.Kind)];
        });

    public static EventActivityBinder<PromotionState, T> StartStage<T>(
        this EventActivityBinder<PromotionState, T> binder, Schedule<PromotionState, PromotionWaitOver> timer)
        where T : class =>
        binder
            .Then(x =>
            {
                var saga = x.Saga;
                saga.StageId = DeterministicId.Of(saga.CorrelationId, saga.StageIndex);
                var journal = x.Get<IPromotionJournal>();
                journal.StageStarted(saga.CorrelationId, saga.StageId, saga.StageIndex, saga.Stages[saga.StageIndex]);
                journal.PromotionIs(saga.CorrelationId, "Running", null, saga.SnapshotDigest, ended: false);
            })
            .StartStageAgain(timer);

    public static EventActivityBinder<PromotionState, T> StartStageAgain<T>(
        this EventActivityBinder<PromotionState, T> binder, Schedule<PromotionState, PromotionWaitOver> timer)
        where T : class =>
        binder
            .ThenAsync(async x =>
            {
                var saga = x.Saga;
                var definition = await x.Get<IPinnedDefinitions>().OfAsync(saga.CorrelationId, x.CancellationToken);
                var stage = definition.Stages[saga.StageIndex];
                var kind = StageKinds.Find(stage.Kind) ?? throw new InvalidOperationException($"This version does not know the stage kind '{stage.Kind}'.");
                var start = kind.StartOf(stage, new StageStart(saga.StageId, saga.CorrelationId, saga.SnapshotDigest, saga.ExistingDigest, saga.RequestedBy));
                await x.Publish(start, start.GetType(), x.CancellationToken);
            })
            .WaitUntil(timer, (_, now) => now + RemindEvery, Wake);

    public static EventActivityBinder<PromotionState, StageSucceeded> NextStage(this EventActivityBinder<PromotionState, StageSucceeded> binder) =>
        binder.Then(x => x.Saga.StageIndex++);

    public static EventActivityBinder<PromotionState, StageSucceeded> RememberTheSnapshot(this EventActivityBinder<PromotionState, StageSucceeded> binder) =>
        binder.Then(x => x.Saga.SnapshotDigest = x.Message.SnapshotDigest ?? x.Saga.SnapshotDigest);

    public static EventActivityBinder<PromotionState, T> RememberWhy<T>(this EventActivityBinder<PromotionState, T> binder, Func<T, string> reason)
        where T : class =>
        binder.Then(x => x.Saga.Reason = reason(x.Message));

    public static EventActivityBinder<PromotionState, AbortPromotion> RememberTheAbort(this EventActivityBinder<PromotionState, AbortPromotion> binder) =>
        binder.Then(x =>
        {
            x.Saga.AbortedBy = x.Message.By;
            x.Saga.AbortReason = x.Message.Reason;
            x.Saga.AbortRequests++;
            x.Saga.Reason ??= x.Saga.Cancel().Because();
            x.Get<IPromotionJournal>().Tell(x.Saga.CorrelationId, "abort-requested", new { x.Message.By, x.Message.Reason });
        });

    public static EventActivityBinder<PromotionState, SupersedePromotion> RememberTheWinner(this EventActivityBinder<PromotionState, SupersedePromotion> binder) =>
        binder.Then(x =>
        {
            x.Saga.SupersededBy = x.Message.By;
            x.Saga.Reason = $"Promotion {x.Message.By} was asked for while this one waited for its turn, and took its place.";
        });

    public static EventActivityBinder<PromotionState, T> CancelTheStage<T>(
        this EventActivityBinder<PromotionState, T> binder, Schedule<PromotionState, PromotionWaitOver> timer, string state = "Aborting")
        where T : class =>
        binder
            .Then(x => x.Get<IPromotionJournal>().PromotionIs(x.Saga.CorrelationId, state, x.Saga.Reason, x.Saga.SnapshotDigest, ended: false))
            .CancelTheStageAgain(timer);

    /// <summary>Repeated every few seconds, so it is not written down: nothing has changed.</summary>
    public static EventActivityBinder<PromotionState, T> CancelTheStageAgain<T>(
        this EventActivityBinder<PromotionState, T> binder, Schedule<PromotionState, PromotionWaitOver> timer)
        where T : class =>
        binder
            .Publish(x => x.Saga.Cancel())
            .WaitUntil(timer, (_, now) => now + RepeatCancelEvery, Wake);

    public static EventActivityBinder<PromotionState, RetryPromotion> RetryTheStage(
        this EventActivityBinder<PromotionState, RetryPromotion> binder, Schedule<PromotionState, PromotionWaitOver> timer) =>
        binder
            .Then(x =>
            {
                x.Saga.Reason = null;
                var journal = x.Get<IPromotionJournal>();
                journal.Tell(x.Saga.CorrelationId, "retry-requested", new { x.Message.By });
                journal.PromotionIs(x.Saga.CorrelationId, "Running", null, x.Saga.SnapshotDigest, ended: false);
            })
            .Publish(x => new RetryStage(x.Saga.StageId, x.Message.By))
            .WaitUntil(timer, (_, now) => now + RemindEvery, Wake);

    public static EventActivityBinder<PromotionState, StageNeedsAttention> CallPeople(this EventActivityBinder<PromotionState, StageNeedsAttention> binder) =>
        binder
            .Then(x =>
            {
                x.Saga.Reason = x.Message.Reason;
                var journal = x.Get<IPromotionJournal>();
                journal.Tell(x.Saga.CorrelationId, "needs-attention", new { x.Message.Reason, x.Message.Replicas });
                journal.PromotionIs(x.Saga.CorrelationId, "NeedsAttention", x.Message.Reason, x.Saga.SnapshotDigest, ended: false);
            })
            .Publish(x => new PromotionNeedsAttention(x.Saga.CorrelationId, x.Saga.Pipeline, x.Message.Reason, x.Message.Replicas));

    public static EventActivityBinder<PromotionState, T> WaitForPeople<T>(
        this EventActivityBinder<PromotionState, T> binder, Schedule<PromotionState, PromotionWaitOver> timer)
        where T : class =>
        binder.WaitUntil(timer, (_, now) => now + RemindEvery, Wake);

    /// <summary>
    /// The one place where promotions end: the row, the timeline and the terminal event are one transaction (I3). Targets that it did not come to are its no more.
    /// </summary>
    public static EventActivityBinder<PromotionState, T> End<T>(this EventActivityBinder<PromotionState, T> binder, PromotionOutcome outcome)
        where T : class =>
        binder
            .ThenAsync(async x =>
            {
                var saga = x.Saga;
                saga.Outcome = outcome;
                saga.Reason = outcome == PromotionOutcome.Succeeded ? null : saga.Reason;
                x.Get<IPromotionJournal>().PromotionIs(saga.CorrelationId, outcome.ToString(), saga.Reason, saga.SnapshotDigest, ended: true);
                foreach (var next in await x.Get<ITargetLocks>().LeaveAsync(saga.CorrelationId, x.CancellationToken))
                {
                    await x.Publish(new TargetGranted(next.StageId, next.Target, next.Token), x.CancellationToken);
                }
            })
            .Publish(x => new PromotionEnded(x.Saga.CorrelationId, x.Saga.Pipeline, outcome, x.Saga.Reason, x.Saga.SnapshotDigest));

    private static CancelStage Cancel(this PromotionState saga) =>
        new(saga.StageId, saga.AbortedBy ?? $"promotion {saga.SupersededBy}, which took its place", saga.AbortReason, saga.AbortRequests);

    public static PromotionWaitOver Wake(PromotionState saga) => new(saga.CorrelationId, saga.Wait);
}
