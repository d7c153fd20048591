using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages.Models;

/// <summary>
/// A rollout that hears anything at any time, sense or not. What it must do is the other model's; here it must know every event in every state,
/// wait with a timer, say one last word, and leave its end by nothing.
/// </summary>
internal sealed class RolloutEvents : MachineModel
{
    private const int Replicas = 4;
    private readonly RolloutSettings _settings;
    private int _words;
    private int _request;

    public RolloutEvents(int setup, Mistake? mistake = null)
        : base(mistake)
    {
        _settings = Sample.Rollout with { Waves = ["1", "2"], MaxUnavailable = "2", OnFailure = setup % 2 == 0 ? OnFailure.Hold : OnFailure.Restore };
        Bench.Ledger.Replicas.AddRange(Sample.BeforeAll(Replicas));
    }

    protected override WaitingSaga? Saga => Rollout;

    protected override IReadOnlyList<string> AtRest => ["Succeeded", "Failed", "RolledBack", "Cancelled"];

    private RolloutState? Rollout => Bench.Rollouts.Find(Sample.Stage);

    protected override void Happens(int what, int which)
    {
        var (order, attempt) = Rollout is { } rollout ? (rollout.Order, rollout.Attempt) : (1, 1);
        var isLate = which % 6 == 0;
        (order, attempt) = isLate ? (order - 1, attempt - 1) : (order, attempt);
        var index = which / 6 % Replicas;
        // Reports are on what was ordered, whoever else may be meant by the number.
        index = Rollout switch
        {
            { CurrentState: "Rolling", Outstanding: { Count: > 0 } out_ } => isLate ? index : out_[which % out_.Count],
            { CurrentState: "Restoring", RestoringIndex: >= 0 and var restoring } => isLate ? index : restoring,
            _ => index,
        };
        var replica = Sample.Which(index).ReplicaId;
        object message = what switch
        {
            < 40 => new StartRollout(Sample.Stage, Sample.Promotion, _settings, Sample.New),
            < 42 => new TargetGranted(Sample.Stage, "plant", 41),
            < 52 => new TargetRecorded(Sample.Stage, attempt, Replicas),
            < 54 => new TargetNotRecorded(Sample.Stage, attempt, "silent", which % 7 == 0),
            < 66 => new ReplicaDeployed(Sample.Stage, replica, index, order),
            < 70 => new ReplicaFailed(Sample.Stage, replica, index, order, "no"),
            < 77 => new ReplicaRestored(Sample.Stage, replica, index, order),
            < 82 => new ReplicaStuck(Sample.Stage, replica, index, order, "no"),
            < 92 => new TargetSurveyed(Sample.Stage, attempt, [.. Enumerable.Range(0, Replicas).Select(i => new ReplicaRuns($"r{i}", which % 5 == 0 ? "other" : Sample.New, null))]),
            < 95 => new CancelStage(Sample.Stage, "ada", null, which % 3 == 0 ? _request : ++_request),
            _ => new RetryStage(Sample.Stage, "ada"),
        };
        Deliver(message);
        // What names an earlier order or question changes nothing.
        if (!isLate || message is StartRollout or TargetGranted or CancelStage or RetryStage)
        {
            Follow();
        }
    }

    protected override void WaitIsOver() => Follow();

    protected override void CheckMore()
    {
        _words += Bench.Sent.Count(x => x is StageSucceeded or StageFailed or StageCancelled);
        Must(_words == (AtRest.Contains(State) ? 1 : 0), "One last word.");
        Must((Bench.Locks.LineOf("plant").Count == 0) == (State == "Initial" || AtRest.Contains(State)), "I2: the target is held for as long as it goes on.");
    }

    /// <summary>Anything but leaving an end is allowed.</summary>
    private void Follow()
    {
        if (!AtRest.Contains(State))
        {
            State = Saga?.CurrentState ?? "Initial";
            Says.AddRange(Bench.Sent.Select(x => x.GetType().Name));
        }
    }
}
