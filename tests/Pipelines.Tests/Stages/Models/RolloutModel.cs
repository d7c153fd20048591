using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages.Models;

/// <summary>
/// One rollout with the sagas of its replicas, and replicas that take, refuse, stay silent, or do it and stay silent. Messages arrive in any order,
/// late or twice; questions and answers of workers get lost; timers go off late or twice; people abort and retry whenever they like.
/// What a worker may do is what its consumer does: it looks whether its question is open when it begins, posts with the revision that it expects,
/// and has done what it does when its question's time is over.
/// </summary>
internal sealed class RolloutModel
{
    private static readonly string[] Ends = ["Succeeded", "Failed", "RolledBack", "Cancelled"];
    private readonly Bench _bench = new();
    private readonly RolloutSettings _settings;
    private readonly Replica[] _replicas;
    private readonly int _limit;
    private readonly bool _foreigners;
    private readonly bool _anxious;
    private readonly List<object> _bag = [];
    private readonly List<Work> _work = [];
    private readonly List<Bench.Timer> _old = [];
    private readonly List<string> _told = [];
    private readonly HashSet<object> _answered = [];
    private int _words;
    private int _request;

    /// <summary>A person had flows replaced that somebody else deployed: a replica in service, however many are out. That is his to answer for, not I4's.</summary>
    private bool _forced;

    public RolloutModel(Setup setup, Mistake? mistake = null)
    {
        _bench.Mistake = mistake;
        var count = 1 + (setup.Replicas % 6);
        _limit = count == 1 ? 1 : 1 + (setup.Limit % (count - 1));
        _foreigners = setup.Foreigners;
        _anxious = setup.Anxious;
        _replicas = [.. Enumerable.Range(0, count).Select(index => new Replica($"before-{index}"))];
        _settings = Sample.Rollout with
        {
            Waves = (count == 1 ? 0 : setup.Waves % 3) switch { 0 => ["1"], 1 => [$"{_limit}"], _ => ["1", $"{_limit}"] },
            MaxUnavailable = $"{_limit}",
            OnFailure = setup.Hold ? OnFailure.Hold : OnFailure.Restore,
            Soak = new SoakSettings { Duration = TimeSpan.FromSeconds(setup.Soak ? 25 : 0) },
            Retries = new RetrySettings { Attempts = 2 },
            RestoreRetries = new RetrySettings { Attempts = 2 },
        };
        Post(new StartRollout(Sample.Stage, Sample.Promotion, _settings, Sample.New));
    }

    /// <summary>How the model is set up; numbers are cut to what fits. Anxious people decide as soon as they are asked, and decide anew.</summary>
    public sealed record Setup(int Replicas, int Limit, int Waves, bool Soak, bool Hold, bool Foreigners, bool Anxious);

    private RolloutState? Rollout => _bench.Rollouts.Find(Sample.Stage);

    private bool HasEnded => Rollout is { } rollout && Ends.Contains(rollout.CurrentState);

    /// <summary>One thing happens; which one, and to whom, is in the number.</summary>
    public void Step(int number)
    {
        var (what, which, outcome) = (number % 100, number / 100 % 100, number / 10_000);
        if (_anxious)
        {
            // People who are asked decide soon, and change their minds while the engine tries by itself.
            what = (Rollout, what) switch
            {
                ({ CurrentState: "NeedsAttention" }, < 12) => 92,
                ({ CurrentState: "NeedsAttention" }, < 20) or ({ CurrentState: "Restoring", Quiet: true }, < 12) => 90,
                (_, 90 or 91) => 0,
                _ => what,
            };
        }

        switch (what)
        {
            case < 50 when _bag.Count > 0:
                var message = _bag[which % _bag.Count];
                _bag.Remove(message);
                Arrive(message);
                break;
            case < 57 when _bag.Count > 0:
                Arrive(_bag[which % _bag.Count]);
                break;
            case < 78 when _work.Count > 0:
                Finish(_work[which % _work.Count], outcome);
                break;
            case < 88 when _bench.Timers.Count > 0:
                GoOff(_bench.Timers.OrderBy(x => x.Due).ElementAt(which < 70 ? 0 : which % _bench.Timers.Count), outcome);
                break;
            case < 90 when _old.Count > 0:
                var old = _old[which % _old.Count];
                _told.Add($"again {Brief(old.Message)}{(outcome % 2 == 0 ? "" : ", without its token")}");
                _bench.Deliver(old.Message, outcome % 2 == 0 ? old.Token : null);
                break;
            case 90 or 91:
                Post(new CancelStage(Sample.Stage, "ada", null, which % 3 == 0 ? _request : ++_request));
                break;
            case 92 or 93:
                Post(new RetryStage(Sample.Stage, "ada"));
                break;
            case < 98 when _bag.Where(x => !_bench.IsForSagas(x) || IsAnswer(x)).ToList() is { Count: > 0 } lossy:
                _told.Add($"lost {Brief(lossy[which % lossy.Count])}");
                _bag.Remove(lossy[which % lossy.Count]);
                break;
            // The watchdog takes a wait for forgotten, and says what its timer would have said; when that arrives, the wait may be another one.
            case 98 when which >= 50 && Waiting() is { Count: > 0 } overdue:
                Post(overdue[which % overdue.Count].WakeUp());
                break;
            case 99 when _foreigners:
                var replica = _replicas[which % _replicas.Length];
                (replica.Runs, replica.Proven, replica.IsForeign) = ("foreign", true, true);
                _told.Add($"foreign deploy on {which % _replicas.Length}");
                break;
        }

        Settle();
    }

    /// <summary>From here on all goes well, and every timer goes off in time: it must end, and in a way that is allowed.</summary>
    public void RunToTheEnd()
    {
        var called = 0;
        for (var step = 0; !HasEnded || _bag.Count > 0 || _work.Count > 0; step++)
        {
            Must(step < 3000, () => $"It never ends.\n{this}");
            if (_bag.Count > 0)
            {
                var message = _bag[0];
                _bag.RemoveAt(0);
                Arrive(message);
            }
            else if (_work.Count > 0)
            {
                Finish(_work[0], 0);
            }
            else
            {
                Must(_bench.Timers.Count > 0, () => $"I11: nothing is under way, and no timer is set.\n{this}");
                // Nobody but people ends a hold, or gives up what somebody else deployed.
                if (Rollout!.CurrentState == "NeedsAttention" && ++called % 4 == 0)
                {
                    Post(new CancelStage(Sample.Stage, "ada", null, ++_request));
                }
                else
                {
                    GoOff(_bench.Timers.MinBy(x => x.Due)!, 0);
                }
            }

            Settle();
        }

        CheckTheEnd();
        foreach (var old in _old)
        {
            _bench.Deliver(old.Message, old.Token);
            _bench.Deliver(old.Message);
        }

        _bench.Deliver(new CancelStage(Sample.Stage, "ada", null, ++_request));
        _bench.Deliver(new RetryStage(Sample.Stage, "ada"));
        Must(_bench.Sent.Count == 0, () => $"I9: the end was left.\n{this}");
        CheckTheEnd();
    }

    public override string ToString() =>
        $"{Rollout?.CurrentState}, limit {_limit}, waves {string.Join(',', _settings.Waves)}, {_settings.OnFailure}\n"
        + string.Join("\n", _replicas.Select((x, i) => $"  r{i} {x} {_bench.Replicas.Find(Sample.Which(i).ReplicaId)?.CurrentState}"))
        + "\n" + string.Join("\n", _told.Select((x, i) => $"  {i,4} {x}"));

    private List<WaitingSaga> Waiting() =>
        [.. _bench.Rollouts.Sagas.Concat<WaitingSaga>(_bench.Replicas.Sagas).Where(x => x.DeadlineAt <= _bench.Now)];

    private static string Brief(object message) => $"{message.GetType().Name} " + message switch
    {
        BringReplica m => $"r{m.Which.Index} order {m.Order}",
        BringBackReplica m => $"r{m.Which.Index} order {m.Order}{(m.Force ? ", force" : "")}",
        DeployReplica m => $"r{m.Which.Index} attempt {m.Attempt}",
        SoakReplica m => $"r{m.Which.Index} attempt {m.Attempt}",
        RestoreReplica m => $"r{m.Which.Index} attempt {m.Attempt}{(m.Force ? ", force" : "")}",
        ReplicaDeployed m => $"r{m.Index} order {m.Order}",
        ReplicaFailed m => $"r{m.Index} order {m.Order}",
        ReplicaRestored m => $"r{m.Index} order {m.Order}",
        ReplicaStuck m => $"r{m.Index} order {m.Order}",
        StartRollout => "",
        _ => message.ToString(),
    };

    private static bool IsAnswer(object message) => message is ReplicaTook or ReplicaRefused or ReplicaSilent or ReplicaKeptRunning or ReplicaTookBack or ReplicaNotRestored
        or TargetRecorded or TargetNotRecorded or TargetSurveyed;

    private void Post(object message) => _bag.Add(message);

    private static void Must(bool holds, Func<string> otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise());
        }
    }

    private void WaitUntil(DateTimeOffset time, int outcome)
    {
        // Whoever works on a question stops when its time is over.
        foreach (var late in _work.Where(x => x.NotAfter < time).ToList())
        {
            Finish(late, outcome % 2 == 0 ? 7 : 8);
        }

        if (time > _bench.Now)
        {
            _bench.Time.SetUtcNow(time);
        }
    }

    private void GoOff(Bench.Timer timer, int outcome)
    {
        WaitUntil(timer.Due, outcome);
        _told.Add($"timer {Brief(timer.Message)}");
        _old.Add(timer);
        _bench.GoOff(timer);
    }

    private void Arrive(object message)
    {
        _told.Add($"{_bench.Now:mm:ss} {Brief(message)}");
        if (_bench.IsForSagas(message))
        {
            _bench.Deliver(message);
            return;
        }

        switch (message)
        {
            case RecordTarget ask:
                _bench.Ledger.Record(ask.StageId, ask.PromotionId, ask.Target, ask.Token, Sample.BeforeAll(_replicas.Length));
                Post(_told.Count % 5 == 1 ? new TargetNotRecorded(ask.StageId, ask.Attempt, "silent", false) : new TargetRecorded(ask.StageId, ask.Attempt, _replicas.Length));
                break;
            case SurveyTarget ask:
                Post(new TargetSurveyed(ask.StageId, ask.Attempt, [.. _replicas.Select((x, i) => new ReplicaRuns($"r{i}", x.Runs, null))]));
                break;
            case DeployReplica ask:
                Begin(ask.Which, ask.Attempt, ask.NotAfter, ask, "Deploying", Sample.New);
                break;
            case RestoreReplica ask:
                Begin(ask.Which, ask.Attempt, ask.NotAfter, ask, "Restoring", ask.Before.Revision);
                break;
            case SoakReplica ask:
                Begin(ask.Which, ask.Attempt, ask.NotAfter, ask, null, null);
                break;
            default:
                // The words of the stage are for the conductor, who is not in this model.
                break;
        }
    }

    private void Begin(ReplicaInRollout which, int attempt, DateTimeOffset notAfter, object ask, string? openIn, string? wanted)
    {
        var saga = _bench.Replicas[which.ReplicaId];
        var isOpen = openIn is null || (saga.CurrentState == openIn && saga.Attempt == attempt && _bench.Locks.LineOf("plant").Contains(Sample.Stage));
        // The inbox lets one worker at a time work on the same question, and none once its answer is sent.
        if (_bench.Now >= notAfter || !isOpen || _answered.Contains(ask) || _work.Exists(x => x.Ask.Equals(ask)))
        {
            return;
        }

        var replica = _replicas[which.Index];
        var acts = wanted is not null && replica.Runs != wanted && (ask is RestoreReplica { Force: true } || replica.Runs != "foreign");
        _forced |= acts && replica.IsForeign;
        replica.Acting += acts ? 1 : 0;
        _work.Add(new Work(ask, which, attempt, notAfter, acts));
        Must(openIn is null || _bench.Ledger.Touched.Contains(which.Index), () => $"r{which.Index} is acted upon before it is written down as touched.\n{this}");
    }

    private void Finish(Work work, int outcome)
    {
        _work.Remove(work);
        var replica = _replicas[work.Which.Index];
        replica.Acting -= work.Acts ? 1 : 0;
        if (work.Ask is SoakReplica { Until: var until } && outcome < 6)
        {
            WaitUntil(until, outcome);
            replica.Lasted |= replica.Runs == Sample.New && until >= _bench.Replicas[work.Which.ReplicaId].SoakEndsAt;
        }

        var (id, attempt) = (work.Which.ReplicaId, work.Attempt);
        object? answer = (work.Ask, outcome) switch
        {
            (SoakReplica ask, < 6) => Takes(replica, replica.Runs, replica.Proven || replica.Runs == Sample.New, new ReplicaKeptRunning(id, attempt, ask.Until)),
            (SoakReplica, < 8) => Dies(replica, work) ? new ReplicaRefused(id, attempt, "died") : null,
            (SoakReplica, _) => null,
            (DeployReplica, _) when replica.Runs is not Sample.New && replica.Runs != replica.Before => new ReplicaRefused(id, attempt, "foreign"),
            (DeployReplica, < 3) => Takes(replica, Sample.New, proven: true, new ReplicaTook(id, attempt)),
            (DeployReplica, 3) => replica.Runs == Sample.New ? Takes(replica, Sample.New, proven: true, new ReplicaTook(id, attempt)) : new ReplicaRefused(id, attempt, "no"),
            (DeployReplica, 4) => Takes(replica, Sample.New, replica is { Runs: Sample.New, Proven: true }, new ReplicaRefused(id, attempt, "does not run")),
            (DeployReplica, 5) => new ReplicaSilent(id, attempt, "silent"),
            (DeployReplica, 6) => Takes(replica, Sample.New, replica is { Runs: Sample.New, Proven: true }, new ReplicaSilent(id, attempt, "silent")),
            (DeployReplica, 7) => Takes(replica, Sample.New, replica is { Runs: Sample.New, Proven: true }, null),
            (DeployReplica, 8) => null,
            (DeployReplica, _) => Takes(replica, Sample.New, proven: true, null),
            (RestoreReplica { Force: false }, _) when replica.Runs is not Sample.New && replica.Runs != replica.Before => new ReplicaNotRestored(id, attempt, "foreign", true),
            (RestoreReplica, < 4) => Takes(replica, replica.Before, proven: true, new ReplicaTookBack(id, attempt)),
            (RestoreReplica, 4 or 5) => new ReplicaNotRestored(id, attempt, "silent", false),
            (RestoreReplica, 6) => Takes(replica, replica.Before, replica.Runs == replica.Before && replica.Proven, new ReplicaNotRestored(id, attempt, "does not run", false)),
            (RestoreReplica, 7) => Takes(replica, replica.Before, replica.Runs == replica.Before && replica.Proven, null),
            (RestoreReplica, 8) => null,
            _ => Takes(replica, replica.Before, proven: true, null),
        };
        _told.Add($"{work.Ask.GetType().Name} r{work.Which.Index} attempt {attempt}: {(answer is null ? "lost" : answer.GetType().Name)}, runs {replica}");
        if (answer is not null)
        {
            _answered.Add(work.Ask);
            Post(answer);
        }
    }

    private static object? Takes(Replica replica, string runs, bool proven, object? answer)
    {
        replica.Lasted &= replica.Runs == runs;
        (replica.Runs, replica.Proven, replica.IsForeign) = (runs, proven, replica.IsForeign && runs == "foreign");
        return answer;
    }

    /// <summary>Flows that die after their soak are nobody's doing any more; an echo of the question sees them all the same.</summary>
    private bool Dies(Replica replica, Work soak)
    {
        var isSoaking = _bench.Replicas[soak.Which.ReplicaId] is { CurrentState: "Soaking", Attempt: var attempt } && attempt == soak.Attempt;
        replica.Proven = replica.Proven && (replica.Runs != Sample.New || replica.Lasted || !isSoaking);
        return true;
    }

    /// <summary>Takes what the sagas sent, and checks what must hold at any time.</summary>
    private void Settle()
    {
        foreach (var sent in _bench.Sent)
        {
            switch (sent)
            {
                case DeployReplica ask:
                    Check(ask.Which, ask.Before);
                    break;
                case RestoreReplica ask:
                    Check(ask.Which, ask.Before);
                    break;
                case StageSucceeded or StageFailed or StageCancelled:
                    _words++;
                    break;
                case StageNeedsAttention call:
                    Must(call.Replicas.Select(x => x.Replica).Order().SequenceEqual(_replicas.Select((_, i) => $"r{i}")), () => $"I1: a call for people names every replica.\n{this}");
                    break;
            }

            Post(sent);
        }

        _bench.Sent.Clear();
        Must(_words == (HasEnded ? 1 : 0), () => $"One last word.\n{this}");
        Must(Rollout is null || HasEnded || Rollout.DeadlineAt is not null, () => $"I11: {Rollout!.CurrentState} has no deadline.\n{this}");
        var down = _replicas.Count(x => x.IsOut);
        Must(down <= _limit || _forced, () => $"I4: {down} are out of service because of us.\n{this}");
    }

    private void Check(ReplicaInRollout which, RecordedReplica before)
    {
        Must(before == Sample.Before(which.Index), () => $"I6: r{which.Index}\n{this}");
        Must(which.Token == _bench.Locks.Tokens["plant"], () => $"I2: r{which.Index}\n{this}");
    }

    private void CheckTheEnd()
    {
        var mine = _replicas.Where(x => !x.IsForeign).ToList();
        Must(mine.All(x => x.Proven && x.Acting == 0), () => $"At the end all replicas run.\n{this}");
        Must(mine.TrueForAll(x => x.Runs == (Rollout!.CurrentState == "Succeeded" ? Sample.New : x.Before)), () => $"I1\n{this}");
        Must(_bench.Locks.LineOf("plant").Count == 0, () => $"I2: the target is still held.\n{this}");
    }

    private sealed record Work(object Ask, ReplicaInRollout Which, int Attempt, DateTimeOffset NotAfter, bool Acts);

    /// <summary>A replica as it is, whatever the engine believes.</summary>
    private sealed class Replica(string before)
    {
        public string Before { get; } = before;

        public string Runs { get; set; } = before;

        /// <summary>Its flows run, as far as we are concerned: nobody of us has changed them since they were seen to.</summary>
        public bool Proven { get; set; } = true;

        /// <summary>Its flows have lasted a whole soak.</summary>
        public bool Lasted { get; set; }

        public bool IsForeign { get; set; }

        /// <summary>Workers that are about to change what it runs.</summary>
        public int Acting { get; set; }

        /// <summary>Out of service because of us: it is being changed, or what we left there was not seen to run.</summary>
        public bool IsOut => Acting > 0 || !Proven;

        public override string ToString() => $"{Runs}{(Proven ? "" : ", unproven")}{(Acting > 0 ? ", acting" : "")}{(IsForeign ? ", foreign" : "")}";
    }
}
