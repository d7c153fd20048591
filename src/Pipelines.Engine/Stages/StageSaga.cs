using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Promotions;

namespace Pipelines.Engine.Stages;

/// <summary>What every stage's saga holds: whose stage it is, and until when it must have ended.</summary>
public abstract class StageSaga : WaitingSaga
{
    public Guid PromotionId { get; set; }

    public string? SnapshotDigest { get; set; }

    /// <summary>When the stage must have ended.</summary>
    public DateTimeOffset EndsAt { get; set; }

    public override Guid OfPromotion() => PromotionId;
}

/// <summary>What stages have in common: how they try again, and how they say their last word. The conductor knows only these words.</summary>
internal static class StageSteps
{
    /// <summary>Whether another try begins before the deadline: one that begins after it would only replace the last error by its own lateness.</summary>
    public static bool MayTryAgain<TSaga>(this BehaviorContext<TSaga> context, RetrySettings retries)
        where TSaga : StageSaga =>
        context.Saga.Tries < retries.Attempts && context.Now() + retries.LongestPauseAfter(context.Saga.Tries) < context.Saga.EndsAt;

    /// <summary>Until when a question may be worked on: not longer than the stage.</summary>
    public static DateTimeOffset AskUntil<TSaga>(this BehaviorContext<TSaga> context, TimeSpan atMost)
        where TSaga : StageSaga =>
        Waiting.Earlier(context.Now() + atMost, context.Saga.EndsAt);

    public static EventActivityBinder<TSaga, T> Succeed<TSaga, T>(this EventActivityBinder<TSaga, T> binder)
        where TSaga : StageSaga
        where T : class =>
        binder
            .Then(x => x.Get<IPromotionJournal>().StageIs(x.Saga.PromotionId, x.Saga.CorrelationId, "Succeeded"))
            .Publish(x => new StageSucceeded(x.Saga.CorrelationId, x.Saga.PromotionId, x.Saga.SnapshotDigest));

    /// <summary>Fails before any replica was touched.</summary>
    public static EventActivityBinder<TSaga, T> Fail<TSaga, T>(this EventActivityBinder<TSaga, T> binder, Func<TSaga, string> reason)
        where TSaga : StageSaga
        where T : class =>
        binder
            .Then(x => x.Get<IPromotionJournal>().StageIs(x.Saga.PromotionId, x.Saga.CorrelationId, "Failed", reason(x.Saga)))
            .Publish(x => new StageFailed(x.Saga.CorrelationId, x.Saga.PromotionId, reason(x.Saga), Restored: false));

    public static EventActivityBinder<TSaga, CancelStage> AdmitCancelled<TSaga>(this EventActivityBinder<TSaga, CancelStage> binder)
        where TSaga : StageSaga =>
        binder
            .Then(x => x.Get<IPromotionJournal>().StageIs(x.Saga.PromotionId, x.Saga.CorrelationId, "Cancelled", x.Message.Because()))
            .Publish(x => new StageCancelled(x.Saga.CorrelationId, x.Saga.PromotionId, x.Message.Because()));

    public static string Because(this CancelStage cancel) =>
        string.IsNullOrWhiteSpace(cancel.Reason) ? $"Aborted by {cancel.By}." : $"Aborted by {cancel.By}: {cancel.Reason}";
}
