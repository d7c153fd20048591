using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages;

[TestFixture]
public sealed class RolloutStageTests
{
    private Bench _bench = null!;
    private RolloutSettings _settings = null!;
    private int _order;

    private RolloutState Saga => _bench.Rollouts[Sample.Stage];

    [SetUp]
    public void Begin()
    {
        _bench = new Bench();
        _settings = Sample.Rollout with { Waves = ["1", "2"], MaxUnavailable = "2" };
    }

    [Test]
    public void A_rollout_goes_wave_by_wave_and_lets_the_target_go()
    {
        Record(4);
        Assert.That(Orders(), Is.EqualTo("0"));
        Assert.That(_bench.Ledger.Touched, Is.EquivalentTo(new[] { 0 }));
        Deployed(0);
        Assert.That(Orders(), Is.EqualTo("1 2"));
        Deployed(2);
        Deployed(2);
        Assert.That(Orders(), Is.Empty);
        Deployed(1);
        Assert.That(Orders(), Is.EqualTo("3"));
        Deployed(3);
        Assert.That(_bench.Take<StageSucceeded>().SnapshotDigest, Is.EqualTo(Sample.New));
        Assert.That((_bench.Locks.LineOf("plant").Count, _bench.Timers.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void An_echo_of_one_replicas_answer_does_not_stand_for_another()
    {
        Record(4);
        Deployed(0);
        Deployed(0);
        Deployed(1);
        Deployed(1);
        Assert.That(Saga.Outstanding, Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void A_refusal_restores_touched_replicas_last_first_and_keeps_the_first_reason()
    {
        Record(4);
        Deployed(0);
        Failed(1, "refused");
        Failed(2, "refused too");
        Assert.That(Restoring(), Is.EqualTo("2"));
        Restored(2);
        Assert.That(Restoring(), Is.EqualTo("1"));
        Restored(1);
        Assert.That(Restoring(), Is.EqualTo("0"));
        Restored(0);
        Assert.That(_bench.Take<StageFailed>(), Is.EqualTo(new StageFailed(Sample.Stage, Sample.Promotion, "refused", Restored: true)));
        Assert.That(_bench.Locks.LineOf("plant"), Is.Empty);
    }

    [Test]
    public void An_order_to_restore_says_what_was_recorded_and_under_which_token()
    {
        Record(4);
        Failed(0, "refused");
        var order = _bench.Take<BringBackReplica>();
        Assert.That((order.Before, order.Which.Token, order.Force), Is.EqualTo((Sample.Before(0), 41L, false)));
    }

    [Test]
    public void A_wave_that_does_not_end_turns_back_and_says_which()
    {
        Record(4);
        _bench.NextTimer();
        Assert.That(Restoring(), Is.EqualTo("0"));
        Assert.That(Saga.Reason, Does.StartWith("Wave 1 on 'plant' did not end within"));
    }

    [Test]
    public void A_timer_of_the_last_wave_that_goes_off_late_does_not_turn_the_next_one_back()
    {
        Record(4);
        var timer = _bench.Timers.Single();
        Deployed(0);
        _bench.Deliver(timer.Message, timer.Token);
        Assert.That(Saga.CurrentState, Is.EqualTo("Rolling"));
    }

    [Test]
    public void Whoever_comes_second_waits_for_his_turn()
    {
        Start();
        var other = Guid.NewGuid();
        _bench.Deliver(new StartRollout(other, Sample.Promotion, _settings, Sample.New));
        Assert.That(_bench.Rollouts[other].CurrentState, Is.EqualTo("Queued"));
        _bench.Take<RecordTarget>();
        _bench.Deliver(new CancelStage(Sample.Stage, "ada", null, 1));
        var granted = _bench.Take<TargetGranted>();
        Assert.That((granted.StageId, granted.Token), Is.EqualTo((other, 42L)));
        _bench.Deliver(granted);
        _bench.Deliver(granted);
        Assert.That(_bench.Take<RecordTarget>().Token, Is.EqualTo(42));
    }

    [Test]
    public void Whoever_waits_too_long_for_his_turn_fails_and_says_who_has_it()
    {
        Start();
        var other = Guid.NewGuid();
        _bench.Sent.Clear();
        _bench.Deliver(new StartRollout(other, Sample.Promotion, _settings, Sample.New));
        var late = _bench.Timers.Single(x => ((RolloutWaitOver)x.Message).StageId == other);
        _bench.GoOff(late);
        Assert.That(_bench.Take<StageFailed>().Reason, Does.Contain("promotion 7 holds it").And.Contain("deadlines.turn"));
        Assert.That(_bench.Locks.LineOf("plant"), Is.EqualTo(new[] { Sample.Stage }));
    }

    [Test]
    public void Nothing_is_touched_when_what_the_replicas_run_cannot_be_recorded()
    {
        Start();
        for (var attempt = 1; attempt < 5; attempt++)
        {
            _bench.Deliver(new TargetNotRecorded(Sample.Stage, attempt, "r1 is silent", Definite: false));
            _bench.NextTimer();
        }

        _bench.Deliver(new TargetNotRecorded(Sample.Stage, 5, "r1 is silent", Definite: false));
        Assert.That(_bench.Take<StageFailed>(), Is.EqualTo(new StageFailed(Sample.Stage, Sample.Promotion, "r1 is silent", Restored: false)));
        Assert.That((_bench.Ledger.Touched.Count, _bench.Locks.LineOf("plant").Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Recording_has_one_deadline_for_all_its_tries()
    {
        _settings = _settings with { Deadlines = _settings.Deadlines with { Stage = TimeSpan.FromSeconds(90) } };
        Start();
        _bench.NextTimer();
        _bench.NextTimer();
        _bench.NextTimer();
        Assert.That(_bench.Take<StageFailed>().Reason, Does.Contain("was not recorded in time"));
    }

    [Test]
    public void An_abort_restores_what_was_touched_and_a_second_one_changes_nothing()
    {
        Record(4);
        Deployed(0);
        Cancel(1);
        Cancel(1);
        Cancel(2);
        Assert.That(Restoring(), Is.EqualTo("2"));
        Restored(2);
        Restored(1);
        Restored(0);
        Assert.That(_bench.Take<StageCancelled>().Reason, Is.EqualTo("Aborted by ada."));
        Assert.That(_bench.Sent.OfType<StageFailed>(), Is.Empty);
    }

    [Test]
    public void What_cannot_be_restored_is_surveyed_and_people_are_called_once()
    {
        Record(4);
        Failed(0, "refused");
        Stuck(0);
        Survey();
        Assert.That(_bench.Take<StageNeedsAttention>().Reason, Is.EqualTo("refused it is down"));
        _bench.Sent.Clear();
        for (var quiet = 0; quiet < 3; quiet++)
        {
            _bench.NextTimer();
            Assert.That(Restoring(), Is.EqualTo("0"));
            Stuck(0);
            Survey();
        }

        Assert.That(_bench.Sent.OfType<StageNeedsAttention>(), Is.Empty);
        _bench.NextTimer();
        Restored(0);
        Assert.That(_bench.Take<StageFailed>(), Is.EqualTo(new StageFailed(Sample.Stage, Sample.Promotion, "refused", Restored: true)));
    }

    [Test]
    public void People_are_called_also_when_nobody_could_find_out_what_the_replicas_run()
    {
        _settings = _settings with { Waves = ["1"], MaxUnavailable = "1" };
        Record(2);
        Failed(0, "refused");
        Stuck(0);
        _bench.NextTimer();

        var call = _bench.Take<StageNeedsAttention>();
        Assert.That(call.Replicas.Select(replica => (replica.Replica, replica.Revision)), Is.EqualTo(new[] { ("r0", (string?)null), ("r1", null) }));
        Assert.That(Saga.CurrentState, Is.EqualTo("NeedsAttention"));
    }

    [Test]
    public void Other_replicas_are_restored_only_while_fewer_are_out_than_may_be()
    {
        _settings = _settings with { Waves = ["1"], MaxUnavailable = "1" };
        Record(3);
        Deployed(0);
        Failed(1, "refused");
        Stuck(1);
        Assert.That((Restoring(), Saga.CurrentState), Is.EqualTo(("1", "Surveying")));
    }

    [Test]
    public void A_retry_begins_anew_and_one_by_one_while_a_replica_may_be_out()
    {
        _settings = _settings with { Waves = ["2"] };
        Record(4);
        Deployed(0);
        Deployed(1);
        Failed(2, "refused");
        Stuck(3);
        Restored(2);
        Restored(1);
        Restored(0);
        Survey();
        _bench.Sent.Clear();
        Retry();
        Assert.That(Orders(), Is.EqualTo("0"));
        Deployed(0);
        Assert.That(Orders(), Is.EqualTo("1"));
    }

    [Test]
    public void After_a_retry_those_that_failed_in_either_try_are_restored_before_those_that_run()
    {
        _settings = _settings with { Waves = ["1"], MaxUnavailable = "1", OnFailure = OnFailure.Hold };
        Record(3);
        Deployed(0);
        Deployed(1);
        Failed(2, "refused");
        Survey();
        Retry();
        Failed(0, "refused again");
        Survey();
        Cancel(1);
        Assert.That(Restoring(), Is.EqualTo("2"));
        Restored(2);
        Assert.That(Restoring(), Is.EqualTo("0"));
        Restored(0);
        Assert.That(Restoring(), Is.EqualTo("1"), "in service all the while, so it is taken out last");
        Restored(1);
        _bench.Take<StageCancelled>();
    }

    [Test]
    public void A_retry_during_a_quiet_restore_is_remembered_until_the_question_is_answered()
    {
        NeedAttention();
        _bench.NextTimer();
        Retry();
        Stuck(0);
        Survey();
        _bench.Sent.Clear();
        _bench.NextTimer();
        Assert.That((Saga.CurrentState, Orders()), Is.EqualTo(("Rolling", "0")));
    }

    [Test]
    public void An_echo_of_a_retry_does_not_send_an_aborted_rollout_forth_again()
    {
        Record(4);
        Cancel(1);
        Retry();
        Stuck(0);
        Survey();
        _bench.NextTimer();
        Assert.That(Saga.CurrentState, Is.EqualTo("Restoring"));
    }

    [Test]
    public void An_abort_after_a_retry_is_the_later_wish()
    {
        NeedAttention();
        _bench.NextTimer();
        Retry();
        Cancel(1);
        Restored(0);
        _bench.Take<StageCancelled>();
    }

    [Test]
    public void An_abort_during_a_quiet_restore_is_tried_in_earnest_and_people_hear_when_it_fails()
    {
        NeedAttention();
        _bench.NextTimer();
        _bench.Sent.Clear();
        Cancel(1);
        Assert.That(_bench.Take<BringBackReplica>().Force);
        Stuck(0);
        Survey();
        _bench.Take<StageNeedsAttention>();
    }

    [Test]
    public void An_abort_during_a_quiet_restore_takes_no_other_replica_out_before_that_one_is_back()
    {
        _settings = _settings with { Waves = ["1"], MaxUnavailable = "1", OnFailure = OnFailure.Hold };
        Record(2);
        Deployed(0);
        Failed(1, "refused");
        Survey();
        Retry();
        Failed(0, "died");
        Survey();
        Cancel(1);
        Restored(1);
        Stuck(0);
        Survey();
        _bench.Sent.Clear();
        _bench.NextTimer();
        Assert.That((Restoring(), Saga.Quiet), Is.EqualTo(("0", true)));
        Cancel(2);
        Assert.That(Restoring(), Is.EqualTo("0"), "it may be half restored: the other one serves alone");
    }

    [Test]
    public void A_late_wake_up_does_not_take_the_timer_of_the_present_wait_away()
    {
        Record(4);
        var late = Saga.WakeUp();
        Deployed(0);
        _bench.Deliver(late);
        Assert.That(Saga.WaitToken, Is.EqualTo(_bench.Timers.Single().Token));
        _bench.NextTimer();
        Assert.That(Saga.CurrentState, Is.EqualTo("Restoring"), "the timer that was set is still the one that it waits for");
    }

    [Test]
    public void A_wake_up_in_time_leaves_no_timer_behind()
    {
        Record(1);
        _bench.Deliver(Saga.WakeUp());
        Assert.That((Saga.CurrentState, _bench.Timers.Count), Is.EqualTo(("Restoring", 1)));
        Restored(0);
        Assert.That((Saga.WaitToken, _bench.Timers.Count), Is.EqualTo(((Guid?)null, 0)));
    }

    [Test]
    public void An_abort_before_people_were_told_does_not_overwrite_what_others_deployed()
    {
        _settings = _settings with { OnFailure = OnFailure.Hold };
        Record(4);
        Failed(0, "refused");
        Assert.That(Saga.CurrentState, Is.EqualTo("Surveying"));
        Cancel(1);
        Assert.That(_bench.Take<BringBackReplica>().Force, Is.False);
    }

    [Test]
    public void A_hold_touches_nothing_until_somebody_decides()
    {
        _settings = _settings with { OnFailure = OnFailure.Hold };
        Record(4);
        Deployed(0);
        Failed(1, "refused");
        Survey();
        _bench.Sent.Clear();
        for (var wait = 0; wait < 5; wait++)
        {
            _bench.NextTimer();
        }

        Assert.That((_bench.Sent.Count, Saga.CurrentState), Is.EqualTo((0, "NeedsAttention")));
        Cancel(1);
        Restored(2);
        Restored(1);
        Restored(0);
        _bench.Take<StageCancelled>();
    }

    [Test]
    public void A_replica_that_was_deployed_to_by_somebody_after_its_wave_is_noticed_before_the_next()
    {
        Record(4);
        Reported(0);
        Confirm(but: 0, runs: new string('f', 64));
        Assert.That((Orders(), Restoring(), Saga.CurrentState), Is.EqualTo(("0", "0", "Restoring")));
        Assert.That(Saga.Reason, Does.Contain("r0").And.Contain("somebody else"));
    }

    [Test]
    public void A_replica_that_died_after_its_soak_is_noticed_before_the_end()
    {
        _settings = _settings with { Waves = ["1"], MaxUnavailable = "1" };
        Record(2);
        Deployed(0);
        Reported(1);
        Confirm(but: 0, problem: "'r0' did not answer.");
        Assert.That((Restoring(), Saga.Reason), Is.EqualTo(("1", "'r0' did not answer.")));
        Assert.That(_bench.Sent.OfType<StageSucceeded>(), Is.Empty);
    }

    [Test]
    public void Replicas_that_are_not_touched_yet_may_run_what_they_like()
    {
        Record(4);
        Reported(0);
        Confirm(but: 3, runs: new string('f', 64));
        Assert.That(Orders(), Is.EqualTo("0 1 2"));
    }

    [Test]
    public void A_replica_that_nobody_spoke_of_does_not_count_as_running()
    {
        Record(4);
        Reported(0);
        _bench.Deliver(new TargetSurveyed(Sample.Stage, Saga.Attempt, []));
        Assert.That((Saga.CurrentState, Saga.Reason), Is.EqualTo(("Restoring", "What 1 of the replicas of 'plant' run was not said.")));
    }

    [Test]
    public void After_a_retry_replicas_whose_turn_is_still_to_come_may_run_what_they_ran()
    {
        _settings = _settings with { Waves = ["1"], MaxUnavailable = "1", OnFailure = OnFailure.Hold };
        Record(2);
        Deployed(0);
        Failed(1, "refused");
        Survey();
        Retry();
        Reported(0);
        Confirm(but: 1, runs: new string('e', 64));
        Assert.That((Saga.CurrentState, Saga.Wave), Is.EqualTo(("Rolling", 1)));
    }

    [Test]
    public void An_abort_between_two_waves_turns_back()
    {
        Record(4);
        Reported(0);
        Cancel(1);
        Confirm();
        Assert.That((Restoring(), Saga.CurrentState), Is.EqualTo(("0", "Restoring")));
    }

    [Test]
    public void An_end_is_left_by_nothing()
    {
        Record(1);
        Deployed(0);
        _bench.Sent.Clear();
        Start();
        Cancel(1);
        Retry();
        Failed(0, "late");
        Assert.That((_bench.Sent.Count, Saga.CurrentState), Is.EqualTo((0, "Succeeded")));
    }

    private void Start() => _bench.Deliver(new StartRollout(Sample.Stage, Sample.Promotion, _settings, Sample.New));

    private void Record(int replicas)
    {
        _settings = replicas == 1 ? _settings with { Waves = ["1"], MaxUnavailable = "1" } : _settings;
        Start();
        _bench.Ledger.Replicas.AddRange(Sample.BeforeAll(replicas));
        _bench.Deliver(new TargetRecorded(Sample.Stage, 1, replicas));
        _bench.Sent.RemoveAll(x => x is RecordTarget);
        _order = Saga.Order;
    }

    private void NeedAttention()
    {
        Record(4);
        Failed(0, "refused");
        Stuck(0);
        Survey();
    }

    private void Deployed(int index)
    {
        Reported(index);
        if (Saga.CurrentState == "Confirming")
        {
            Confirm();
        }
    }

    private void Reported(int index) => _bench.Deliver(new ReplicaDeployed(Sample.Stage, Sample.Which(index).ReplicaId, index, Saga.Order));

    /// <summary>What the replicas run after a wave: the snapshot, but for one.</summary>
    private void Confirm(int but = -1, string? runs = null, string? problem = null)
    {
        _bench.Sent.RemoveAll(x => x is SurveyTarget);
        _bench.Deliver(new TargetSurveyed(
            Sample.Stage, Saga.Attempt, [.. Enumerable.Range(0, Saga.Replicas).Select(i => new ReplicaRuns($"r{i}", i == but ? runs : Sample.New, i == but ? problem : null))]));
    }

    private void Failed(int index, string reason) => _bench.Deliver(new ReplicaFailed(Sample.Stage, Sample.Which(index).ReplicaId, index, _order, reason));

    private void Restored(int index) => _bench.Deliver(new ReplicaRestored(Sample.Stage, Sample.Which(index).ReplicaId, index, Saga.Order));

    private void Stuck(int index) => _bench.Deliver(new ReplicaStuck(Sample.Stage, Sample.Which(index).ReplicaId, index, Saga.Order, "it is down"));

    private void Survey() => _bench.Deliver(new TargetSurveyed(Sample.Stage, Saga.Attempt, [new ReplicaRuns("r0", null, "it is down")]));

    private void Cancel(int request) => _bench.Deliver(new CancelStage(Sample.Stage, "ada", null, request));

    private void Retry() => _bench.Deliver(new RetryStage(Sample.Stage, "ada"));

    /// <summary>Which replicas were told to go forth since the last look.</summary>
    private string Orders() => Told<BringReplica>(x => x.Which.Index);

    private string Restoring() => Told<BringBackReplica>(x => x.Which.Index);

    private string Told<T>(Func<T, int> index)
    {
        var told = string.Join(' ', _bench.Sent.OfType<T>().Select(index));
        _bench.Sent.RemoveAll(x => x is T);
        return told;
    }
}
