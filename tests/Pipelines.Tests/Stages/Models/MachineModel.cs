using Pipelines.Engine.Durable;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages.Models;

/// <summary>
/// One machine beside a small pure model of it: the same events reach both, in any order and number, and both must then be in the same state,
/// have said the same and wait alike. Timers go off in time, late, twice, and without the name of the timer, as a wake-up does.
/// </summary>
internal abstract class MachineModel
{
    private readonly List<Bench.Timer> _seen = [];
    private readonly List<string> _told = [];

    protected MachineModel(Mistake? mistake) => Bench.Mistake = mistake;

    protected Bench Bench { get; } = new();

    /// <summary>Where the saga must be.</summary>
    protected string State { get; set; } = "Initial";

    /// <summary>What it must have sent in this step, by name.</summary>
    protected List<string> Says { get; } = [];

    protected abstract WaitingSaga? Saga { get; }

    /// <summary>The states in which it waits for nothing.</summary>
    protected abstract IReadOnlyList<string> AtRest { get; }

    protected bool Waits => State != "Initial" && !AtRest.Contains(State);

    /// <summary>One thing happens; what, and to whom, is in the number.</summary>
    public void Step(int number)
    {
        var (what, which) = (number % 100, number / 100);
        switch (what)
        {
            case < 24:
                TimerMessage(which);
                break;
            case < 30:
                Bench.Time.Advance(TimeSpan.FromSeconds(which % 60));
                break;
            default:
                Happens(what, which);
                break;
        }

        Check();
    }

    public override string ToString() => $"{State}, is {Saga?.CurrentState}\n" + string.Join("\n", _told.Select((x, i) => $"  {i,4} {x}"));

    /// <summary>An event of the machine, from 30 to 99.</summary>
    protected abstract void Happens(int what, int which);

    /// <summary>The present wait is over.</summary>
    protected abstract void WaitIsOver();

    /// <summary>What else must be alike.</summary>
    protected virtual void CheckMore()
    {
    }

    protected void Deliver(object message, Guid? timer = null)
    {
        _told.Add($"{message}{(timer is null ? "" : " (timer)")}");
        Bench.Deliver(message, timer);
    }

    protected void Must(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{otherwise}\n{this}");
        }
    }

    private void TimerMessage(int which)
    {
        var old = _seen.Where(x => !Bench.Timers.Contains(x)).ToList();
        switch (which % 4)
        {
            case 0 when Bench.Timers.Count > 0:
                _told.Add("in time:");
                Bench.GoOff(Bench.Timers[0]);
                WaitIsOver();
                break;
            case 1 when old.Count > 0:
                Deliver(old[which / 4 % old.Count].Message, old[which / 4 % old.Count].Token);
                break;
            case 2 when old.Count > 0:
                Deliver(old[which / 4 % old.Count].Message);
                break;
            case 3 when Saga is { } saga:
                Deliver(saga.WakeUp());
                if (Waits)
                {
                    WaitIsOver();
                }

                break;
        }
    }

    private void Check()
    {
        Must((Saga?.CurrentState ?? "Initial") == State, $"It is {Saga?.CurrentState}, the model {State}.");
        var sent = Bench.Sent.ConvertAll(x => x.GetType().Name);
        Must(sent.SequenceEqual(Says), $"It sent [{string.Join(", ", sent)}], the model [{string.Join(", ", Says)}].");
        if (Waits)
        {
            Must(Bench.Timers.Count == 1, $"I11: {Bench.Timers.Count} timers are set.");
            Must(Bench.Timers[0].Token == Saga!.WaitToken && Bench.Timers[0].Due == Saga.DeadlineAt, "I11: the timer that is set is not the one that it waits for.");
        }
        else
        {
            Must(Bench.Timers.Count == 0 && Saga?.DeadlineAt is null && Saga?.WaitToken is null, "It is at rest, and still waits.");
        }

        CheckMore();
        _seen.AddRange(Bench.Timers.Where(x => !_seen.Contains(x)));
        Bench.Sent.Clear();
        Says.Clear();
    }
}
