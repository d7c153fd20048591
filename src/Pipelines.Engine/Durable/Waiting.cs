using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Contracts;

namespace Pipelines.Engine.Durable;

/// <summary>What a saga needs to wait: one timer that is renewed with every wait, and a count, so that an old timer that fires late is known.</summary>
public abstract class WaitingSaga : IDurableSaga
{
    public Guid CorrelationId { get; set; }

    public string CurrentState { get; set; } = "";

    public DateTimeOffset? DeadlineAt { get; set; }

    /// <summary>The timer that is set. It is kept for as long as the saga waits.</summary>
    /// <remarks>
    /// MassTransit clears it after every timer message that names no timer, as a wake-up does, also when that one came too late and was ignored.
    /// It then takes the timer that is really set for one of an earlier wait, and the saga never wakes.
    /// </remarks>
    public Guid? WaitToken { get; set => field = value ?? (DeadlineAt is null ? null : field); }

    /// <summary>How often it has waited; a timer of an earlier wait is ignored.</summary>
    public int Wait { get; set; }

    /// <summary>How many questions it has asked; only the answer to the last one is accepted.</summary>
    public int Attempt { get; set; }

    /// <summary>How often the present thing was tried.</summary>
    public int Tries { get; set; }

    /// <summary>Why the last try failed; kept when a deadline ends it all.</summary>
    public string? LastError { get; set; }

    /// <summary>Says once more what its timer would have said, for a timer that was lost: whoever is not waiting any more ignores it.</summary>
    public abstract object WakeUp();

    /// <summary>The promotion that waits with it.</summary>
    public abstract Guid OfPromotion();
}

internal static class Waiting
{
    /// <summary>How much longer a saga waits for an answer than whoever works on it may take.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Pauses double, up to a limit, and are drawn between half and whole, so that many that failed together do not come again together.</summary>
    public static TimeSpan PauseAfter(this RetrySettings retries, int tries) =>
        retries.LongestPauseAfter(tries) * (0.5 + (Random.Shared.NextDouble() / 2));

    public static TimeSpan LongestPauseAfter(this RetrySettings retries, int tries) =>
        TimeSpan.FromSeconds(Math.Min(retries.FirstDelay.TotalSeconds * Math.Pow(2, Math.Clamp(tries - 1, 0, 30)), retries.MaxDelay.TotalSeconds));

    /// <summary>A service of the message's own scope, hence of its transaction.</summary>
    public static T Get<T>(this PipeContext context)
        where T : notnull => context.GetPayload<IServiceProvider>().GetRequiredService<T>();

    public static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}

/// <summary>How a machine waits: one line for the renewed timer, so that no state can be entered without a stored deadline (I11).</summary>
internal static class WaitingSteps
{
    public static EventActivityBinder<TSaga, TMessage> WaitUntil<TSaga, TMessage, TWake>(
        this EventActivityBinder<TSaga, TMessage> binder,
        Schedule<TSaga, TWake> timer,
        Func<TSaga, DateTimeOffset, DateTimeOffset> due,
        Func<TSaga, TWake> wake)
        where TSaga : WaitingSaga
        where TMessage : class
        where TWake : class =>
        binder
            .Then(x =>
            {
                x.Saga.Wait++;
                x.Saga.DeadlineAt = due(x.Saga, x.Now());
            })
            // The timer goes off when the row says so: a delay would be counted from another clock.
            .Schedule(timer, x => wake(x.Saga), x => x.Saga.DeadlineAt!.Value.UtcDateTime);

    public static EventActivityBinder<TSaga, TMessage> StopWaiting<TSaga, TMessage, TWake>(
        this EventActivityBinder<TSaga, TMessage> binder, Schedule<TSaga, TWake> timer)
        where TSaga : WaitingSaga
        where TMessage : class
        where TWake : class =>
        binder
            .Then(x => x.Saga.DeadlineAt = null)
            .Unschedule(timer);

    public static DateTimeOffset Now(this PipeContext context) => context.Get<TimeProvider>().GetUtcNow();
}
