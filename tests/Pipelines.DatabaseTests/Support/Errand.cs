using MassTransit;
using Pipelines.Engine.Durable;

namespace Pipelines.DatabaseTests;

public sealed record Begin(Guid Id) : CorrelatedBy<Guid>
{
    public Guid CorrelationId => Id;
}

public sealed record Count(Guid Id) : CorrelatedBy<Guid>
{
    public Guid CorrelationId => Id;
}

public sealed record CountAndFail(Guid Id) : CorrelatedBy<Guid>
{
    public Guid CorrelationId => Id;
}

public sealed record Remind(Guid Id, int Milliseconds) : CorrelatedBy<Guid>
{
    public Guid CorrelationId => Id;
}

public sealed record RemindAndCancel(Guid Id) : CorrelatedBy<Guid>
{
    public Guid CorrelationId => Id;
}

public sealed record CancelReminder(Guid Id) : CorrelatedBy<Guid>
{
    public Guid CorrelationId => Id;
}

public sealed record Reminder(Guid Id) : CorrelatedBy<Guid>
{
    public Guid CorrelationId => Id;
}

public sealed record Counted(Guid Id, int Counts);

public enum Mood
{
    Calm,
    Busy,
}

public sealed class ErrandState : IDurableSaga
{
    public Guid CorrelationId { get; set; }

    public string CurrentState { get; set; } = null!;

    public DateTimeOffset? DeadlineAt { get; set; }

    public int Counts { get; set; }

    public int Reminders { get; set; }

    public Guid? ReminderToken { get; set; }

    public Mood Mood { get; set; }

    public TimeSpan Patience { get; set; }
}

public sealed class ErrandStateMachine : MassTransitStateMachine<ErrandState>
{
    public ErrandStateMachine()
    {
        InstanceState(x => x.CurrentState);
        Schedule(() => Reminder, x => x.ReminderToken, x => x.Received = e => e.CorrelateById(m => m.Message.Id));

        Initially(
            When(Begun)
                .Then(x =>
                {
                    x.Saga.Mood = Mood.Busy;
                    x.Saga.Patience = TimeSpan.FromMinutes(90);
                    x.Saga.DeadlineAt = DateTimeOffset.UnixEpoch.AddYears(60);
                })
                .TransitionTo(Running));

        During(Running,
            Ignore(Begun),
            When(Counting)
                .Then(x => x.Saga.Counts++)
                .Publish(x => new Counted(x.Saga.CorrelationId, x.Saga.Counts)),
            When(CountingAndFailing)
                .Then(x => x.Saga.Counts++)
                .Publish(x => new Counted(x.Saga.CorrelationId, x.Saga.Counts))
                .Schedule(Reminder, x => new Reminder(x.Saga.CorrelationId), _ => TimeSpan.FromMilliseconds(1))
                .Then(_ => throw new InvalidOperationException("poison")),
            When(Reminding)
                .Schedule(Reminder, x => new Reminder(x.Saga.CorrelationId), x => TimeSpan.FromMilliseconds(x.Message.Milliseconds)),
            When(RemindingAndCancelling)
                .Schedule(Reminder, x => new Reminder(x.Saga.CorrelationId), _ => TimeSpan.FromMilliseconds(50))
                .Unschedule(Reminder),
            When(CancellingReminder)
                .Unschedule(Reminder),
            When(Reminder.Received)
                .Then(x => x.Saga.Reminders++)
                .Publish(x => new Counted(x.Saga.CorrelationId, 1000 + x.Saga.Reminders)));
    }

    public State Running { get; } = null!;

    public Event<Begin> Begun { get; } = null!;

    public Event<Count> Counting { get; } = null!;

    public Event<CountAndFail> CountingAndFailing { get; } = null!;

    public Event<Remind> Reminding { get; } = null!;

    public Event<RemindAndCancel> RemindingAndCancelling { get; } = null!;

    public Event<CancelReminder> CancellingReminder { get; } = null!;

    public Schedule<ErrandState, Reminder> Reminder { get; } = null!;
}

internal sealed class CountedConsumer(Journal journal) : IConsumer<Counted>
{
    public Task Consume(ConsumeContext<Counted> context)
    {
        journal.Add($"counted {context.Message.Counts}");
        return Task.CompletedTask;
    }
}
