using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages;

[TestFixture]
public sealed class SnapshotStageTests
{
    private readonly SnapshotSettings _settings = new() { From = "dev", Retries = new RetrySettings { Attempts = 3 } };
    private Bench _bench = null!;

    private SnapshotState Saga => _bench.Snapshots[Sample.Stage];

    [SetUp]
    public void Begin()
    {
        _bench = new Bench();
        Start();
    }

    [Test]
    public void Flows_that_were_taken_are_the_stages_success()
    {
        var ask = _bench.Take<TakeSnapshot>();
        Assert.That((ask.Instance, ask.Attempt, ask.NotAfter), Is.EqualTo(("dev", 1, Bench.Start.AddSeconds(60))));
        _bench.Deliver(new SnapshotTaken(Sample.Stage, 1, "d"));
        Assert.That(_bench.Take<StageSucceeded>(), Is.EqualTo(new StageSucceeded(Sample.Stage, Sample.Promotion, "d")));
        Assert.That(_bench.Timers, Is.Empty);
    }

    [Test]
    public void A_start_that_comes_again_is_not_a_second_stage()
    {
        _bench.Sent.Clear();
        Start();
        Assert.That(_bench.Sent, Is.Empty);
    }

    [Test]
    public void An_answer_to_an_earlier_question_does_not_count()
    {
        Silence();
        _bench.NextTimer();
        _bench.Deliver(new SnapshotTaken(Sample.Stage, 1, "old"));
        Assert.That(Saga.CurrentState, Is.EqualTo("Asking"));
        _bench.Deliver(new SnapshotTaken(Sample.Stage, 2, "d"));
        Assert.That(_bench.Take<StageSucceeded>().SnapshotDigest, Is.EqualTo("d"));
    }

    [Test]
    public void What_may_pass_is_asked_again_after_a_pause_until_the_tries_are_used_up()
    {
        for (var attempt = 1; attempt < 3; attempt++)
        {
            _bench.Deliver(new SnapshotNotTaken(Sample.Stage, attempt, $"silent {attempt}", Definite: false));
            Assert.That(Saga.CurrentState, Is.EqualTo("Pausing"));
            _bench.NextTimer();
        }

        _bench.Deliver(new SnapshotNotTaken(Sample.Stage, 3, "silent 3", Definite: false));
        Assert.That(_bench.Take<StageFailed>(), Is.EqualTo(new StageFailed(Sample.Stage, Sample.Promotion, "silent 3", Restored: false)));
    }

    [Test]
    public void What_a_person_must_mend_is_not_asked_again()
    {
        _bench.Deliver(new SnapshotNotTaken(Sample.Stage, 1, "no flows", Definite: true));
        Assert.That(_bench.Take<StageFailed>().Reason, Is.EqualTo("no flows"));
    }

    [Test]
    public void Silence_keeps_what_the_last_answer_said()
    {
        _bench.Deliver(new SnapshotNotTaken(Sample.Stage, 1, "it boots", Definite: false));
        while (!_bench.Sent.OfType<StageFailed>().Any())
        {
            _bench.NextTimer();
        }

        Assert.That(_bench.Take<StageFailed>().Reason, Is.EqualTo("it boots"));
        Assert.That(_bench.Now, Is.LessThanOrEqualTo(Bench.Start + _settings.Deadline + TimeSpan.FromSeconds(5)));
    }

    [Test]
    public void No_try_begins_after_the_deadline()
    {
        _bench.Time.Advance(_settings.Deadline - TimeSpan.FromMilliseconds(100));
        _bench.Deliver(new SnapshotNotTaken(Sample.Stage, 1, "it boots", Definite: false));
        Assert.That(_bench.Take<StageFailed>().Reason, Is.EqualTo("it boots"));
    }

    [Test]
    public void A_timer_that_goes_off_twice_asks_once()
    {
        Silence();
        _bench.Sent.Clear();
        var pause = _bench.Timers.Single();
        _bench.GoOff(pause);
        _bench.Deliver(pause.Message, pause.Token);
        Assert.That(_bench.Take<TakeSnapshot>().Attempt, Is.EqualTo(2));
    }

    [Test]
    public void A_cancelled_stage_says_so_once_and_nothing_moves_it_any_more()
    {
        var timer = _bench.Timers.Single();
        _bench.Deliver(new CancelStage(Sample.Stage, "ada", "lunch", 1));
        Assert.That(_bench.Take<StageCancelled>().Reason, Is.EqualTo("Aborted by ada: lunch"));
        _bench.Sent.Clear();
        _bench.Deliver(new CancelStage(Sample.Stage, "ada", "lunch", 2));
        _bench.Deliver(new SnapshotTaken(Sample.Stage, 1, "d"));
        _bench.Deliver(timer.Message, timer.Token);
        Assert.That((_bench.Sent.Count, Saga.CurrentState), Is.EqualTo((0, "Cancelled")));
    }

    [Test]
    public void A_cancel_that_overtakes_the_start_finds_nobody()
    {
        var bench = new Bench();
        Assert.That(bench.Deliver(new CancelStage(Sample.Stage, "ada", null, 1)), Is.False);
    }

    private void Start() => _bench.Deliver(new StartSnapshot(Sample.Stage, Sample.Promotion, _settings, null, "ada"));

    private void Silence()
    {
        _bench.NextTimer();
        Assert.That(Saga.CurrentState, Is.EqualTo("Pausing"));
    }
}
