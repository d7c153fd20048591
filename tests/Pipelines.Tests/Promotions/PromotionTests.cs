using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Promotions;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Promotions;

[TestFixture]
public sealed class PromotionTests
{
    private Bench _bench = null!;

    private PromotionState Saga => _bench.Promotions[Sample.Promotion];

    private static Guid Stage(int index) => DeterministicId.Of(Sample.Promotion, index);

    [SetUp]
    public void Begin()
    {
        _bench = new Bench();
        _bench.Definitions.Promotion = Sample.Pinned();
    }

    [Test]
    public void A_promotion_walks_its_stages_in_order_and_ends_once()
    {
        Accept();
        Assert.That(_bench.Take<StartSnapshot>().StageId, Is.EqualTo(Stage(0)));
        Succeed(0);
        Assert.That(_bench.Take<StartValidate>().SnapshotDigest, Is.EqualTo("d"));
        Succeed(1);
        Assert.That(_bench.Take<StartRollout>().SnapshotDigest, Is.EqualTo("d"));
        Succeed(2);
        Succeed(2);
        Accept();
        Assert.That(_bench.Take<PromotionEnded>(), Is.EqualTo(new PromotionEnded(Sample.Promotion, "plant", PromotionOutcome.Succeeded, null, "d")));
        Assert.That((_bench.Timers.Count, _bench.Journal.Ends.Count), Is.EqualTo((0, 1)));
    }

    [Test]
    public void Accepted_twice_is_one_promotion()
    {
        Accept();
        Accept();
        _bench.Take<StartSnapshot>();
        Assert.That(_bench.Promotions.Sagas, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_word_of_a_stage_that_is_not_under_way_changes_nothing()
    {
        Accept();
        Succeed(1);
        _bench.Deliver(new StageFailed(Stage(2), Sample.Promotion, "r", true));
        Succeed(0);
        Succeed(0);
        Assert.That((Saga.CurrentState, Saga.StageIndex), Is.EqualTo(("Running", 1)));
    }

    [TestCase(false, PromotionOutcome.Failed)]
    [TestCase(true, PromotionOutcome.RolledBack)]
    public void A_stage_that_fails_ends_it_with_its_reason(bool restored, PromotionOutcome outcome)
    {
        Accept();
        _bench.Deliver(new StageFailed(Stage(0), Sample.Promotion, "r", restored));
        Assert.That(_bench.Take<PromotionEnded>(), Is.EqualTo(new PromotionEnded(Sample.Promotion, "plant", outcome, "r", null)));
    }

    [Test]
    public void An_abort_that_is_quicker_than_the_start_ends_it_before_it_begins()
    {
        _bench.Deliver(new AbortPromotion(Sample.Promotion, "ada", "typo"));
        Accept();
        Assert.That(_bench.Sent.OfType<StartSnapshot>(), Is.Empty);
        Assert.That(_bench.Take<PromotionEnded>(), Is.EqualTo(new PromotionEnded(Sample.Promotion, "plant", PromotionOutcome.Aborted, "Aborted by ada: typo", null)));
    }

    [Test]
    public void An_abort_is_repeated_until_the_stage_answers_and_stays_one_wish()
    {
        Accept();
        Abort();
        Abort();
        _bench.NextTimer();
        _bench.NextTimer();
        Assert.That(_bench.Sent.OfType<CancelStage>().Select(x => x.Request), Is.EqualTo(new[] { 1, 1, 1 }));
        Assert.That(_bench.Journal.Lines.Count(x => x == "promotion Aborting"), Is.EqualTo(1));
        _bench.Deliver(new StageCancelled(Stage(0), Sample.Promotion, "Aborted by ada."));
        Assert.That(_bench.Take<PromotionEnded>().Outcome, Is.EqualTo(PromotionOutcome.Aborted));
    }

    [Test]
    public void An_abort_that_comes_too_late_for_a_stage_still_keeps_the_next_from_beginning()
    {
        Accept();
        Abort();
        Succeed(0);
        Assert.That(_bench.Sent.OfType<StartValidate>(), Is.Empty);
        Assert.That(_bench.Take<PromotionEnded>().Outcome, Is.EqualTo(PromotionOutcome.Aborted));
    }

    [Test]
    public void An_abort_that_comes_too_late_for_the_last_stage_does_not_hide_that_it_succeeded()
    {
        ReachRollout();
        Abort();
        Succeed(2);
        Assert.That(_bench.Take<PromotionEnded>(), Is.EqualTo(new PromotionEnded(Sample.Promotion, "plant", PromotionOutcome.Succeeded, null, "d")));
    }

    [Test]
    public void People_are_called_and_may_say_retry()
    {
        ReachRollout();
        Call(2);
        Assert.That(_bench.Take<PromotionNeedsAttention>().Reason, Is.EqualTo("stuck"));
        _bench.Deliver(new RetryPromotion(Sample.Promotion, "ada"));
        _bench.Deliver(new RetryPromotion(Sample.Promotion, "ada"));
        Assert.That(_bench.Take<RetryStage>().StageId, Is.EqualTo(Stage(2)));
        Assert.That((Saga.CurrentState, Saga.Reason), Is.EqualTo(("Running", (string?)null)));
    }

    [Test]
    public void A_second_abort_after_people_were_called_is_a_new_wish()
    {
        ReachRollout();
        Abort();
        Call(2);
        Abort();
        Assert.That(_bench.Sent.OfType<CancelStage>().Select(x => x.Request), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void A_stage_that_helps_itself_while_people_are_waited_for_ends_the_promotion()
    {
        ReachRollout();
        Call(2);
        _bench.Deliver(new StageFailed(Stage(2), Sample.Promotion, "refused", Restored: true));
        Assert.That(_bench.Take<PromotionEnded>().Outcome, Is.EqualTo(PromotionOutcome.RolledBack));
        Assert.That(_bench.Timers, Is.Empty);
    }

    [Test]
    public void A_call_for_people_that_comes_late_does_not_swallow_the_stages_success()
    {
        _bench.Definitions.Promotion = Sample.Pinned(("snapshot", new SnapshotSettings { From = "dev" }), ("rollout", Sample.Rollout), ("rollout", Sample.Rollout));
        Accept();
        Succeed(0);
        Call(1);
        Succeed(1);
        Assert.That((Saga.CurrentState, Saga.StageIndex), Is.EqualTo(("Running", 2)));
    }

    [Test]
    public void Whoever_waits_long_asks_again_and_nothing_waits_without_a_timer()
    {
        ReachRollout();
        _bench.Sent.Clear();
        _bench.NextTimer();
        _bench.Take<StartRollout>();
        Call(2);
        _bench.NextTimer();
        Assert.That((Saga.CurrentState, _bench.Timers.Count), Is.EqualTo(("NeedsAttention", 1)));
    }

    [Test]
    public void A_retry_that_nobody_was_called_for_is_ignored()
    {
        Accept();
        _bench.Deliver(new RetryPromotion(Sample.Promotion, "ada"));
        Assert.That(_bench.Sent.OfType<RetryStage>(), Is.Empty);
    }

    private void Accept() => _bench.Deliver(new PromotionAccepted(Sample.Promotion, "plant", "ada"));

    private void Abort() => _bench.Deliver(new AbortPromotion(Sample.Promotion, "ada", null));

    private void Succeed(int index) => _bench.Deliver(new StageSucceeded(Stage(index), Sample.Promotion, "d"));

    private void Call(int index) => _bench.Deliver(new StageNeedsAttention(Stage(index), Sample.Promotion, "stuck", []));

    private void ReachRollout()
    {
        Accept();
        Succeed(0);
        Succeed(1);
    }
}
