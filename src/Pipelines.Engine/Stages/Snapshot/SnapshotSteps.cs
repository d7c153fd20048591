using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages.Snapshot;

internal static class SnapshotSteps
{
    /// <summary>A few reads of an instance that answers, with their own retries.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    public static EventActivityBinder<SnapshotState, StartSnapshot> RememberTheTask(this EventActivityBinder<SnapshotState, StartSnapshot> binder) =>
        binder.Then(x =>
        {
            x.Saga.PromotionId = x.Message.PromotionId;
            x.Saga.Settings = x.Message.Settings;
            x.Saga.ExistingDigest = x.Message.ExistingDigest;
            x.Saga.RequestedBy = x.Message.RequestedBy;
            x.Saga.EndsAt = x.Now() + x.Message.Settings.Deadline;
        });

    public static EventActivityBinder<SnapshotState, T> Ask<T>(
        this EventActivityBinder<SnapshotState, T> binder, Schedule<SnapshotState, SnapshotWaitOver> timer)
        where T : class =>
        binder
            .Then(x =>
            {
                x.Saga.Attempt++;
                x.Saga.Tries++;
            })
            .Publish(x => new TakeSnapshot(
                x.Saga.CorrelationId, x.Saga.PromotionId, x.Saga.Settings.From, x.Saga.ExistingDigest, x.Saga.RequestedBy, x.Saga.Attempt, x.AskUntil(AnswerWithin)))
            .WaitUntil(timer, (saga, now) => Waiting.Earlier(now + AnswerWithin, saga.EndsAt) + Waiting.Grace, Wake);

    public static EventActivityBinder<SnapshotState, T> Pause<T>(
        this EventActivityBinder<SnapshotState, T> binder, Schedule<SnapshotState, SnapshotWaitOver> timer)
        where T : class =>
        binder.WaitUntil(timer, (saga, now) => now + saga.Settings.Retries.PauseAfter(saga.Tries), Wake);

    public static EventActivityBinder<SnapshotState, SnapshotTaken> RememberTheDigest(this EventActivityBinder<SnapshotState, SnapshotTaken> binder) =>
        binder.Then(x => x.Saga.SnapshotDigest = x.Message.Digest);

    public static EventActivityBinder<SnapshotState, SnapshotNotTaken> RememberWhy(this EventActivityBinder<SnapshotState, SnapshotNotTaken> binder) =>
        binder.Then(x => x.Saga.LastError = x.Message.Reason);

    /// <summary>Says that no answer came, and keeps what the last one said.</summary>
    public static EventActivityBinder<SnapshotState, SnapshotWaitOver> RememberSilence(this EventActivityBinder<SnapshotState, SnapshotWaitOver> binder) =>
        binder.Then(x => x.Saga.LastError ??= $"The flows of '{x.Saga.Settings.From}' were not taken in time. Look whether it answers, then promote again.");

    public static SnapshotWaitOver Wake(SnapshotState saga) => new(saga.CorrelationId, saga.Wait);
}
