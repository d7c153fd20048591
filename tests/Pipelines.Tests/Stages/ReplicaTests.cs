using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages;

[TestFixture]
public sealed class ReplicaTests
{
    private static readonly Guid Id = Sample.Which(1).ReplicaId;
    private readonly RolloutSettings _settings = Sample.Rollout with { Retries = new RetrySettings { Attempts = 2 } };
    private Bench _bench = null!;

    private ReplicaState Saga => _bench.Replicas[Id];

    [SetUp]
    public void Begin() => _bench = new Bench();

    [Test]
    public void A_replica_that_took_it_is_reported_with_the_order_it_followed()
    {
        Bring(1);
        var ask = _bench.Take<DeployReplica>();
        Assert.That((ask.Which.Token, ask.Before, ask.Attempt), Is.EqualTo((41L, Sample.Before(1), 1)));
        _bench.Deliver(new ReplicaTook(Id, 1));
        _bench.Deliver(new ReplicaTook(Id, 1));
        Assert.That(_bench.Take<ReplicaDeployed>(), Is.EqualTo(new ReplicaDeployed(Sample.Stage, Id, 1, 1)));
    }

    [Test]
    public void An_order_that_comes_again_is_followed_once()
    {
        Bring(1);
        Bring(1);
        _bench.Take<DeployReplica>();
    }

    [Test]
    public void Silence_is_asked_again_after_a_pause_and_at_last_a_failure()
    {
        Bring(1);
        _bench.Deliver(new ReplicaSilent(Id, 1, "no route"));
        Assert.That(Saga.CurrentState, Is.EqualTo("Pausing"));
        _bench.NextTimer();
        _bench.Deliver(new ReplicaSilent(Id, 1, "an echo"));
        _bench.Deliver(new ReplicaSilent(Id, 2, "no route"));
        Assert.That(_bench.Take<ReplicaFailed>().Reason, Is.EqualTo("no route"));
    }

    [Test]
    public void A_refusal_is_not_asked_again()
    {
        Bring(1);
        _bench.Deliver(new ReplicaRefused(Id, 1, "no such type"));
        Assert.That(_bench.Take<ReplicaFailed>().Reason, Is.EqualTo("no such type"));
    }

    [Test]
    public void What_is_under_way_cannot_be_called_back_so_the_restore_waits_for_it()
    {
        Bring(1);
        BringBack(2);
        Assert.That(_bench.Sent.OfType<RestoreReplica>(), Is.Empty);
        _bench.Deliver(new ReplicaTook(Id, 1));
        Assert.That(_bench.Take<RestoreReplica>().Before, Is.EqualTo(Sample.Before(1)));
        _bench.Deliver(new ReplicaTookBack(Id, 2));
        Assert.That(_bench.Take<ReplicaRestored>().Order, Is.EqualTo(2));
    }

    [Test]
    public void A_restore_that_is_under_way_is_waited_for_too()
    {
        BringBack(1);
        Bring(2);
        Assert.That(_bench.Sent.OfType<DeployReplica>(), Is.Empty);
        _bench.Deliver(new ReplicaTookBack(Id, 1));
        Assert.That(_bench.Sent.OfType<ReplicaRestored>(), Is.Empty);
        _bench.Take<DeployReplica>();
        _bench.Deliver(new ReplicaTook(Id, 2));
        Assert.That(_bench.Take<ReplicaDeployed>().Order, Is.EqualTo(2));
    }

    [Test]
    public void A_deploy_whose_answer_never_comes_is_restored_when_its_time_is_over()
    {
        Bring(1);
        BringBack(2);
        _bench.NextTimer();
        _bench.Take<RestoreReplica>();
    }

    [Test]
    public void Orders_that_overtake_each_other_are_followed_by_their_number()
    {
        BringBack(2);
        Bring(1);
        Assert.That(_bench.Sent.OfType<DeployReplica>(), Is.Empty);
        _bench.Deliver(new ReplicaTookBack(Id, 1));
        Bring(1);
        Assert.That(Saga.CurrentState, Is.EqualTo("Restored"));
    }

    [Test]
    public void A_soak_is_watched_in_pieces_and_a_lost_watcher_begins_it_anew()
    {
        Bring(1, TimeSpan.FromSeconds(30));
        _bench.Deliver(new ReplicaTook(Id, 1));
        Assert.That(_bench.Sent.OfType<SoakReplica>().Last().Until, Is.EqualTo(Bench.Start.AddSeconds(20)));
        _bench.Time.SetUtcNow(Bench.Start.AddSeconds(20));
        _bench.Deliver(new ReplicaKeptRunning(Id, 2, Bench.Start.AddSeconds(20)));
        Assert.That(_bench.Sent.OfType<SoakReplica>().Last().Until, Is.EqualTo(Bench.Start.AddSeconds(30)));
        _bench.NextTimer();
        Assert.That(Saga.SoakEndsAt, Is.EqualTo(_bench.Now.AddSeconds(30)));
        Assert.That(_bench.Sent.OfType<ReplicaDeployed>(), Is.Empty);
    }

    [Test]
    public void A_soak_of_many_pieces_still_has_all_its_tries()
    {
        Bring(1, TimeSpan.FromMinutes(5));
        _bench.Deliver(new ReplicaTook(Id, 1));
        for (var piece = 1; piece <= 10; piece++)
        {
            _bench.Time.Advance(TimeSpan.FromSeconds(20));
            _bench.Deliver(new ReplicaKeptRunning(Id, 1 + piece, Bench.Start.AddSeconds(20 * piece)));
        }

        _bench.NextTimer();
        Assert.That(Saga.CurrentState, Is.EqualTo("Soaking"));
    }

    [Test]
    public void A_replica_that_does_not_last_the_soak_has_failed()
    {
        Bring(1, TimeSpan.FromSeconds(30));
        _bench.Deliver(new ReplicaTook(Id, 1));
        _bench.Deliver(new ReplicaRefused(Id, 2, "it died"));
        Assert.That(_bench.Take<ReplicaFailed>().Reason, Is.EqualTo("it died"));
    }

    [Test]
    public void A_soak_only_looks_so_a_restore_does_not_wait_for_it()
    {
        Bring(1, TimeSpan.FromSeconds(30));
        _bench.Deliver(new ReplicaTook(Id, 1));
        BringBack(2);
        _bench.Take<RestoreReplica>();
        _bench.Deliver(new ReplicaKeptRunning(Id, 2, Bench.Start.AddSeconds(30)));
        Assert.That(Saga.CurrentState, Is.EqualTo("Restoring"));
    }

    [Test]
    public void A_restore_is_tried_as_often_as_it_may_be_and_then_it_is_stuck()
    {
        BringBack(1, attempts: 2);
        _bench.Deliver(new ReplicaNotRestored(Id, 1, "down", Definite: false));
        _bench.NextTimer();
        _bench.Deliver(new ReplicaNotRestored(Id, 2, "down", Definite: false));
        Assert.That(_bench.Take<ReplicaStuck>().Reason, Is.EqualTo("down"));
    }

    [Test]
    public void What_only_a_person_can_mend_is_stuck_at_once()
    {
        BringBack(1);
        _bench.Deliver(new ReplicaNotRestored(Id, 1, "foreign", Definite: true));
        _bench.Take<ReplicaStuck>();
    }

    [Test]
    public void An_answer_to_a_question_without_force_is_not_the_last_word_on_an_order_with_it()
    {
        BringBack(1);
        BringBack(2, force: true);
        _bench.Sent.Clear();
        _bench.Deliver(new ReplicaNotRestored(Id, 1, "foreign", Definite: true));
        Assert.That(Saga.CurrentState, Is.EqualTo("RestorePausing"));
        _bench.NextTimer();
        Assert.That(_bench.Take<RestoreReplica>().Force);
    }

    [Test]
    public void A_late_timer_changes_nothing()
    {
        Bring(1);
        var timer = _bench.Timers.Single();
        _bench.Deliver(new ReplicaTook(Id, 1));
        _bench.Deliver(timer.Message, timer.Token);
        Assert.That((Saga.CurrentState, _bench.Timers.Count), Is.EqualTo(("Deployed", 0)));
    }

    [Test]
    public void A_replica_that_was_restored_can_be_sent_forth_again()
    {
        BringBack(1);
        _bench.Deliver(new ReplicaTookBack(Id, 1));
        Bring(2);
        Assert.That(_bench.Take<DeployReplica>().Attempt, Is.EqualTo(2));
    }

    private void Bring(int order, TimeSpan soak = default) =>
        _bench.Deliver(new BringReplica(Sample.Which(1), order, Sample.New, Sample.Before(1), _settings with { Soak = new SoakSettings { Duration = soak } }));

    private void BringBack(int order, int attempts = 5, bool force = false) =>
        _bench.Deliver(new BringBackReplica(Sample.Which(1), order, Sample.New, Sample.Before(1), _settings, attempts, force));
}
