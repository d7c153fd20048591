using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages.Models;

/// <summary>The conductor: which stage is under way, and which one end a promotion has.</summary>
internal sealed class ConductorModel : MachineModel
{
    private readonly int _stages;
    private int _index;
    private int _ends;

    public ConductorModel(int setup, Mistake? mistake = null)
        : base(mistake)
    {
        (string, object)[] stages =
        [
            ("snapshot", new SnapshotSettings { From = "dev" }), ("validate", new ValidateSettings()), ("rollout", Sample.Rollout),
        ];
        _stages = 1 + (setup % 3);
        Bench.Definitions.Promotion = Sample.Pinned(stages[..^(3 - _stages)]);
    }

    protected override WaitingSaga? Saga => Bench.Promotions.Find(Sample.Promotion);

    protected override IReadOnlyList<string> AtRest => ["Succeeded", "Failed", "RolledBack", "Aborted", "Superseded"];

    protected override void Happens(int what, int which)
    {
        var isMine = which % 4 != 0;
        var stage = isMine ? DeterministicId.Of(Sample.Promotion, _index) : DeterministicId.Of(Sample.Promotion, (_index + 1) % 3);
        switch (what)
        {
            case < 42:
                Deliver(new PromotionAccepted(Sample.Promotion, "plant", "ada"));
                if (State == "Initial")
                {
                    Go("Running", StartOf(0));
                }

                break;
            case < 54:
                Deliver(new StageSucceeded(stage, Sample.Promotion, Sample.New));
                if (Waits && isMine)
                {
                    Succeeded();
                }

                break;
            case < 57:
                Deliver(new StageFailed(stage, Sample.Promotion, "no", Restored: which % 8 >= 4));
                if (Waits && isMine)
                {
                    Ends(which % 8 >= 4 ? "RolledBack" : "Failed");
                }

                break;
            case < 60:
                Deliver(new StageCancelled(stage, Sample.Promotion, "aborted"));
                if (Waits && isMine)
                {
                    Ends(State == "Superseding" ? "Superseded" : "Aborted");
                }

                break;
            case < 72:
                Deliver(new StageNeedsAttention(stage, Sample.Promotion, "stuck", []));
                if (Waits && isMine)
                {
                    Go("NeedsAttention", nameof(PromotionNeedsAttention));
                }

                break;
            case < 84:
                Deliver(new AbortPromotion(Sample.Promotion, "ada", null));
                if (State == "Initial")
                {
                    Ends("Aborted");
                }
                else if (State is "Running" or "NeedsAttention")
                {
                    Go("Aborting", nameof(CancelStage));
                }

                break;
            case < 90:
                Deliver(new SupersedePromotion(Sample.Promotion, Sample.Other));
                if (State == "Initial")
                {
                    Ends("Superseded");
                }
                else if (State is "Running" or "NeedsAttention")
                {
                    Go("Superseding", nameof(CancelStage));
                }

                break;
            default:
                Deliver(new RetryPromotion(Sample.Promotion, "ada"));
                if (State == "NeedsAttention")
                {
                    Go("Running", nameof(RetryStage));
                }

                break;
        }
    }

    protected override void WaitIsOver()
    {
        if (State == "Running")
        {
            Says.Add(StartOf(_index));
        }
        else if (State is "Aborting" or "Superseding")
        {
            Says.Add(nameof(CancelStage));
        }
    }

    protected override void CheckMore()
    {
        Must(Saga is null || Bench.Promotions[Sample.Promotion].StageIndex == _index, $"The model is at stage {_index}.");
        Must(_ends == (AtRest.Contains(State) ? 1 : 0) && Bench.Journal.Ends.Count == _ends, "I3: one end.");
        Must(_ends == 0 || Bench.Journal.Ends[0].State == State, $"I3: it is written down that it {Bench.Journal.Ends.FirstOrDefault().State}.");
    }

    private static string StartOf(int index) => index switch { 0 => nameof(StartSnapshot), 1 => nameof(StartValidate), _ => nameof(StartRollout) };

    private void Succeeded()
    {
        if (_index == _stages - 1)
        {
            Ends("Succeeded");
        }
        else if (State == "Aborting")
        {
            Ends("Aborted");
        }
        else if (State == "Superseding")
        {
            Ends("Superseded");
        }
        else
        {
            Go("Running", StartOf(++_index));
        }
    }

    private void Go(string state, string word)
    {
        State = state;
        Says.Add(word);
    }

    private void Ends(string state)
    {
        Go(state, nameof(PromotionEnded));
        _ends++;
    }
}
