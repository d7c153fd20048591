using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages.Validate;

internal static class ValidateSteps
{
    /// <summary>A few reads of every replica, side by side, with their own retries.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    public static EventActivityBinder<ValidateState, StartValidate> RememberTheTask(this EventActivityBinder<ValidateState, StartValidate> binder) =>
        binder.Then(x =>
        {
            x.Saga.PromotionId = x.Message.PromotionId;
            x.Saga.Settings = x.Message.Settings;
            x.Saga.SnapshotDigest = x.Message.SnapshotDigest;
            x.Saga.EndsAt = x.Now() + x.Message.Settings.Deadline;
        });

    public static EventActivityBinder<ValidateState, T> Ask<T>(
        this EventActivityBinder<ValidateState, T> binder, Schedule<ValidateState, ValidateWaitOver> timer)
        where T : class =>
        binder
            .Then(x =>
            {
                x.Saga.Attempt++;
                x.Saga.Tries++;
            })
            .Publish(x => new ValidateSnapshot(
                x.Saga.CorrelationId, x.Saga.PromotionId, x.Saga.Settings, x.Saga.SnapshotDigest!, x.Saga.Attempt, x.AskUntil(AnswerWithin)))
            .WaitUntil(timer, (saga, now) => Waiting.Earlier(now + AnswerWithin, saga.EndsAt) + Waiting.Grace, Wake);

    public static EventActivityBinder<ValidateState, T> Pause<T>(
        this EventActivityBinder<ValidateState, T> binder, Schedule<ValidateState, ValidateWaitOver> timer)
        where T : class =>
        binder.WaitUntil(timer, (saga, now) => now + saga.Settings.Retries.PauseAfter(saga.Tries), Wake);

    public static EventActivityBinder<ValidateState, SnapshotValidated> RememberTheFindings(this EventActivityBinder<ValidateState, SnapshotValidated> binder) =>
        binder.Then(x => x.Saga.LastError = x.Message.Summary);

    public static EventActivityBinder<ValidateState, SnapshotNotValidated> RememberWhy(this EventActivityBinder<ValidateState, SnapshotNotValidated> binder) =>
        binder.Then(x => x.Saga.LastError = x.Message.Reason);

    /// <summary>Says that no answer came, and keeps what the last one said.</summary>
    public static EventActivityBinder<ValidateState, ValidateWaitOver> RememberSilence(this EventActivityBinder<ValidateState, ValidateWaitOver> binder) =>
        binder.Then(x => x.Saga.LastError ??= "The snapshot was not validated in time. Look whether the replicas answer, then promote again.");

    public static ValidateWaitOver Wake(ValidateState saga) => new(saga.CorrelationId, saga.Wait);
}
