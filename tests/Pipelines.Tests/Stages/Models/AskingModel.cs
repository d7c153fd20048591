using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages.Models;

/// <summary>A stage that asks one question until it is answered: snapshot and validate differ in what they ask.</summary>
internal sealed class AskingModel(bool validates, int setup, Mistake? mistake = null) : MachineModel(mistake)
{
    private readonly RetrySettings _retries = new() { Attempts = 1 + (setup % 4) };
    private readonly TimeSpan _deadline = TimeSpan.FromSeconds(30 + (setup % 5 * 60));
    private int _attempt;
    private int _tries;
    private DateTimeOffset _endsAt;

    protected override WaitingSaga? Saga => validates ? Bench.Validations.Find(Sample.Stage) : Bench.Snapshots.Find(Sample.Stage);

    protected override IReadOnlyList<string> AtRest => ["Succeeded", "Failed", "Cancelled"];

    protected override void Happens(int what, int which)
    {
        // Most answers are to the last question, some to an earlier one.
        var attempt = which % 4 == 0 ? _attempt - 1 - (which % 3) : _attempt;
        var counts = State == "Asking" && attempt == _attempt;
        var isDefinite = which % 8 == 1;
        switch (what)
        {
            case < 50:
                Deliver(validates
                    ? new StartValidate(Sample.Stage, Sample.Promotion, new ValidateSettings { Retries = _retries, Deadline = _deadline }, Sample.New)
                    : new StartSnapshot(Sample.Stage, Sample.Promotion, new SnapshotSettings { From = "dev", Retries = _retries, Deadline = _deadline }, null, "ada"));
                if (State == "Initial")
                {
                    _endsAt = Bench.Now + _deadline;
                    Asks();
                }

                break;
            case < 56:
                Deliver(validates ? new SnapshotValidated(Sample.Stage, attempt, isDefinite, "1 error") : new SnapshotTaken(Sample.Stage, attempt, Sample.New));
                if (counts)
                {
                    Ends(validates && isDefinite ? "Failed" : "Succeeded", validates && isDefinite ? nameof(StageFailed) : nameof(StageSucceeded));
                }

                break;
            case < 90:
                Deliver(validates ? new SnapshotNotValidated(Sample.Stage, attempt, "silent") : new SnapshotNotTaken(Sample.Stage, attempt, "silent", isDefinite));
                if (counts)
                {
                    Failed(isDefinite && !validates);
                }

                break;
            case < 94:
                Deliver(new CancelStage(Sample.Stage, "ada", null, which % 3));
                if (Waits)
                {
                    Ends("Cancelled", nameof(StageCancelled));
                }

                break;
        }
    }

    protected override void WaitIsOver()
    {
        if (State == "Pausing")
        {
            Asks();
        }
        else
        {
            Failed(isDefinite: false);
        }
    }

    protected override void CheckMore()
    {
        foreach (var attempt in Bench.Sent.OfType<TakeSnapshot>().Select(x => x.Attempt).Concat(Bench.Sent.OfType<ValidateSnapshot>().Select(x => x.Attempt)))
        {
            Must(attempt == _attempt, $"Question {attempt} is out, in the model {_attempt}.");
        }

        Must(_tries <= _retries.Attempts, "It asks more often than it may.");
    }

    private void Asks()
    {
        _attempt++;
        _tries++;
        State = "Asking";
        Says.Add(validates ? nameof(ValidateSnapshot) : nameof(TakeSnapshot));
    }

    private void Failed(bool isDefinite)
    {
        var pause = TimeSpan.FromSeconds(Math.Min(0.5 * (1 << (_tries - 1)), 15));
        if (!isDefinite && _tries < _retries.Attempts && Bench.Now + pause < _endsAt)
        {
            State = "Pausing";
        }
        else
        {
            Ends("Failed", nameof(StageFailed));
        }
    }

    private void Ends(string state, string word)
    {
        State = state;
        Says.Add(word);
    }
}
