using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages.Models;

/// <summary>One replica: orders in any order, and answers to the last question, to earlier ones, or never.</summary>
internal sealed class ReplicaModel(int setup, Mistake? mistake = null) : MachineModel(mistake)
{
    private const int Attempts = 2;
    private readonly RolloutSettings _settings = Sample.Rollout with
    {
        Soak = new SoakSettings { Duration = TimeSpan.FromSeconds(setup % 3 * 25) },
        Retries = new RetrySettings { Attempts = Attempts },
    };

    private readonly ReplicaInRollout _which = Sample.Which(0);
    private int _order;
    private int _attempt;
    private int _tries;
    private int _restoreTries;
    private bool _restoreWanted;
    private bool _deployWanted;
    private DateTimeOffset _soakEndsAt;

    protected override WaitingSaga? Saga => Bench.Replicas.Find(_which.ReplicaId);

    protected override IReadOnlyList<string> AtRest => ["Deployed", "Failed", "Restored", "Stuck"];

    protected override void Happens(int what, int which)
    {
        switch (what)
        {
            case < 42:
                Brings(Order(which));
                break;
            case < 52:
                BringsBack(Order(which), 1 + (which % 3));
                break;
            case < 64:
                Deliver(new ReplicaTook(_which.ReplicaId, Attempt(which, "Deploying", out var took)));
                Answered(took, () =>
                {
                    if (_settings.Soak.Duration == TimeSpan.Zero)
                    {
                        Rests("Deployed", nameof(ReplicaDeployed));
                        return;
                    }

                    _tries = 0;
                    _soakEndsAt = Bench.Now + _settings.Soak.Duration;
                    Asks("Soaking");
                });
                break;
            case < 68:
                Deliver(new ReplicaRefused(_which.ReplicaId, Attempt(which, State == "Soaking" ? "Soaking" : "Deploying", out var refused), "no"));
                Answered(refused, () => Rests("Failed", nameof(ReplicaFailed)));
                break;
            case < 76:
                Deliver(new ReplicaSilent(_which.ReplicaId, Attempt(which, "Deploying", out var silent), "silent"));
                Answered(silent, () => TriesAgain(_tries < Attempts, "Pausing", "Failed", nameof(ReplicaFailed)));
                break;
            case < 84:
                var until = Bench.Now + TimeSpan.FromSeconds(which % 40);
                Deliver(new ReplicaKeptRunning(_which.ReplicaId, Attempt(which, "Soaking", out var kept), until));
                Answered(kept, () =>
                {
                    if (until < _soakEndsAt)
                    {
                        _tries = 0;
                        Asks("Soaking");
                    }
                    else
                    {
                        Rests("Deployed", nameof(ReplicaDeployed));
                    }
                });
                break;
            case < 90:
                Deliver(new ReplicaTookBack(_which.ReplicaId, Attempt(which, "Restoring", out var tookBack)));
                Answered(tookBack, () => Rests("Restored", nameof(ReplicaRestored)));
                break;
            default:
                var isDefinite = which % 8 == 1;
                Deliver(new ReplicaNotRestored(_which.ReplicaId, Attempt(which, "Restoring", out var not), "no", isDefinite));
                Answered(not, () => TriesAgain(_tries < _restoreTries && (!isDefinite || _tries == 0), "RestorePausing", "Stuck", nameof(ReplicaStuck)));
                break;
        }
    }

    protected override void WaitIsOver()
    {
        switch (State)
        {
            case "Pausing":
                Asks("Deploying");
                break;
            case "RestorePausing":
                Asks("Restoring");
                break;
            case "Deploying" or "Soaking":
                Answered(true, () =>
                {
                    _soakEndsAt = Bench.Now + _settings.Soak.Duration;
                    AsksAgain(_tries < Attempts, "Failed", nameof(ReplicaFailed));
                });
                break;
            default:
                Answered(true, () => AsksAgain(_tries < _restoreTries, "Stuck", nameof(ReplicaStuck)));
                break;
        }
    }

    protected override void CheckMore()
    {
        foreach (var sent in Bench.Sent)
        {
            var isRight = sent switch
            {
                DeployReplica m => m.Attempt == _attempt,
                SoakReplica m => m.Attempt == _attempt && m.Until <= _soakEndsAt,
                RestoreReplica m => m.Attempt == _attempt && m.Before == Sample.Before(0),
                ReplicaDeployed m => m.Order == _order,
                ReplicaFailed m => m.Order == _order,
                ReplicaRestored m => m.Order == _order,
                ReplicaStuck m => m.Order == _order,
                _ => false,
            };
            Must(isRight, $"{sent} names something else than attempt {_attempt} or order {_order}.");
        }
    }

    private int Order(int which) => which % 3 == 0 ? Math.Max(0, _order - (which % 2)) : _order + 1;

    /// <summary>Which question an answer names: the last one only if it can be an answer to that.</summary>
    private int Attempt(int which, string question, out bool counts)
    {
        counts = State == question && which % 5 != 0;
        return counts ? _attempt : _attempt - 1 - (which % 2);
    }

    private void Brings(int order)
    {
        Deliver(new BringReplica(_which, order, Sample.New, Sample.Before(0), _settings));
        if (State != "Initial" && order <= _order)
        {
            return;
        }

        (_order, _tries, _restoreWanted) = (order, 0, false);
        if (State == "Restoring")
        {
            _deployWanted = true;
        }
        else if (State is not ("Deploying" or "Soaking" or "Pausing"))
        {
            Asks("Deploying");
        }
    }

    private void BringsBack(int order, int tries)
    {
        Deliver(new BringBackReplica(_which, order, Sample.New, Sample.Before(0), _settings, tries, false));
        if (State != "Initial" && order <= _order)
        {
            return;
        }

        (_order, _tries, _deployWanted, _restoreTries) = (order, 0, false, tries);
        if (State == "Deploying")
        {
            _restoreWanted = true;
        }
        else if (State is not ("Restoring" or "RestorePausing"))
        {
            Asks("Restoring");
        }
    }

    /// <summary>The question is answered, or its time is over: now the other way may be gone, if it was wanted meanwhile.</summary>
    private void Answered(bool counts, Action otherwise)
    {
        if (!counts)
        {
            return;
        }

        if (_restoreWanted)
        {
            Asks("Restoring");
        }
        else if (_deployWanted)
        {
            Asks("Deploying");
        }
        else
        {
            otherwise();
        }
    }

    private void TriesAgain(bool may, string pausing, string over, string word)
    {
        if (may)
        {
            State = pausing;
        }
        else
        {
            Rests(over, word);
        }
    }

    private void AsksAgain(bool may, string over, string word)
    {
        if (may)
        {
            Asks(State);
        }
        else
        {
            Rests(over, word);
        }
    }

    private void Asks(string state)
    {
        _attempt++;
        _tries++;
        State = state;
        switch (state)
        {
            case "Deploying":
                _deployWanted = false;
                Says.Add(nameof(DeployReplica));
                break;
            case "Soaking":
                Says.Add(nameof(SoakReplica));
                break;
            default:
                _restoreWanted = false;
                Says.Add(nameof(RestoreReplica));
                break;
        }
    }

    private void Rests(string state, string word)
    {
        State = state;
        Says.Add(word);
    }
}
