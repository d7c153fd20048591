using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Validate;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages;

[TestFixture]
public sealed class ValidateStageTests
{
    private readonly ValidateSettings _settings = new() { Retries = new RetrySettings { Attempts = 2 } };
    private Bench _bench = null!;

    private ValidateState Saga => _bench.Validations[Sample.Stage];

    [SetUp]
    public void Begin()
    {
        _bench = new Bench();
        Start();
    }

    [Test]
    public void A_snapshot_without_stopping_findings_passes()
    {
        Assert.That(_bench.Take<ValidateSnapshot>().SnapshotDigest, Is.EqualTo("d"));
        _bench.Deliver(new SnapshotValidated(Sample.Stage, 1, Stops: false, ""));
        Assert.That(_bench.Take<StageSucceeded>(), Is.EqualTo(new StageSucceeded(Sample.Stage, Sample.Promotion, "d")));
    }

    [Test]
    public void A_finding_stops_the_promotion_with_its_own_words()
    {
        _bench.Deliver(new SnapshotValidated(Sample.Stage, 1, Stops: true, "TYPE001: unknown type"));
        Assert.That(_bench.Take<StageFailed>(), Is.EqualTo(new StageFailed(Sample.Stage, Sample.Promotion, "TYPE001: unknown type", Restored: false)));
    }

    [Test]
    public void Findings_that_come_twice_are_one_word()
    {
        _bench.Deliver(new SnapshotValidated(Sample.Stage, 1, Stops: true, "s"));
        _bench.Deliver(new SnapshotValidated(Sample.Stage, 1, Stops: true, "s"));
        _bench.Deliver(new SnapshotValidated(Sample.Stage, 1, Stops: false, ""));
        _bench.Take<StageFailed>();
        Assert.That(_bench.Sent.OfType<StageSucceeded>(), Is.Empty);
    }

    [Test]
    public void Only_the_answer_to_the_last_question_counts()
    {
        _bench.Deliver(new SnapshotNotValidated(Sample.Stage, 1, "r1 is silent"));
        _bench.NextTimer();
        _bench.Deliver(new SnapshotValidated(Sample.Stage, 1, Stops: true, "old"));
        Assert.That(Saga.CurrentState, Is.EqualTo("Asking"));
        _bench.Deliver(new SnapshotValidated(Sample.Stage, 2, Stops: false, ""));
        _bench.Take<StageSucceeded>();
    }

    [Test]
    public void Replicas_that_cannot_be_asked_fail_it_with_the_last_error()
    {
        _bench.Deliver(new SnapshotNotValidated(Sample.Stage, 1, "r1 is silent"));
        _bench.NextTimer();
        _bench.NextTimer();
        Assert.That(_bench.Take<StageFailed>().Reason, Is.EqualTo("r1 is silent"));
    }

    [Test]
    public void It_can_be_cancelled_while_it_pauses_and_a_late_timer_changes_nothing()
    {
        _bench.Deliver(new SnapshotNotValidated(Sample.Stage, 1, "r1 is silent"));
        var pause = _bench.Timers.Single();
        _bench.Deliver(new CancelStage(Sample.Stage, "ada", null, 1));
        Assert.That(_bench.Take<StageCancelled>().Reason, Is.EqualTo("Aborted by ada."));
        _bench.Sent.Clear();
        _bench.Deliver(pause.Message, pause.Token);
        _bench.Deliver(new CancelStage(Sample.Stage, "ada", null, 2));
        Start();
        Assert.That((_bench.Sent.Count, Saga.CurrentState), Is.EqualTo((0, "Cancelled")));
    }

    private void Start() => _bench.Deliver(new StartValidate(Sample.Stage, Sample.Promotion, _settings, "d"));
}
