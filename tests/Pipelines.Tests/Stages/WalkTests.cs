using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.Engine.Stages.Validate;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages;

/// <summary>Walks every state of every machine with every message, in every mood of the saga: what a test of one story would forget.</summary>
[TestFixture]
public sealed class WalkTests
{
    private const int Moods = 256;
    private static readonly string[] Ends = ["Succeeded", "Failed", "RolledBack", "Cancelled", "Aborted", "Superseded"];
    private static readonly string[] Rests = ["Deployed", "Failed", "Restored", "Stuck"];
    private static readonly object[] LastWords = [typeof(StageSucceeded), typeof(StageFailed), typeof(StageCancelled), typeof(PromotionEnded)];

    public static IEnumerable<TestCaseData> Every() =>
        from machine in new Bench().All
        from state in machine.Machine.States.Select(x => x.Name)
        where state is not ("Initial" or "Final")
        select new TestCaseData(machine.Saga, state).SetArgDisplayNames(machine.Saga.Name, state);

    [TestCaseSource(nameof(Every))]
    public void No_message_is_unhandled_and_whoever_waits_has_a_deadline(Type saga, string state)
    {
        foreach (var (bench, before, message) in Walk(saga, state))
        {
            var wait = before.Wait;
            Assert.That(() => bench.Deliver(message, message.GetType().Name.EndsWith("WaitOver", StringComparison.Ordinal) ? before.WaitToken : null), Throws.Nothing, () => $"{message} in {state}");
            var after = before;
            var rests = IsEnd(saga, after.CurrentState);
            Assert.That(after.DeadlineAt is null, Is.EqualTo(rests), () => $"I11: {message} in {state} led to {after.CurrentState} with the deadline {after.DeadlineAt}");
            if (!rests && (after.Wait != wait || after.CurrentState != state))
            {
                Assert.That(bench.Timers.Where(x => x.Token == after.WaitToken && x.Due == after.DeadlineAt), Has.One.Items, () => $"I11: {message} in {state} led to {after.CurrentState} without its timer");
            }

            if (rests && after.CurrentState != state)
            {
                Assert.That(after.WaitToken, Is.Null, () => $"{message} in {state} left a timer");
                Assert.That(bench.Timers, Is.Empty);
            }

            var words = bench.Sent.Count(x => LastWords.Contains(x.GetType()));
            Assert.That(words, Is.EqualTo(saga != typeof(ReplicaState) && rests && after.CurrentState != state ? 1 : 0), () => $"{message} in {state} said {string.Join(", ", bench.Sent)}");
            Assert.That(bench.Journal.Ends, Has.Count.EqualTo(saga == typeof(PromotionState) ? words : 0));
        }
    }

    /// <summary>A replica has none: it rests until its rollout ends.</summary>
    public static IEnumerable<TestCaseData> EveryEnd() => Every().Where(x => (Type)x.Arguments[0]! != typeof(ReplicaState) && Ends.Contains((string)x.Arguments[1]!));

    [TestCaseSource(nameof(EveryEnd))]
    public void Nothing_leaves_an_end(Type saga, string state)
    {
        foreach (var (bench, before, message) in Walk(saga, state))
        {
            bench.Deliver(message, before.WaitToken);
            Assert.That((before.CurrentState, bench.Sent.Count, bench.Timers.Count, bench.Journal.Lines.Count), Is.EqualTo((state, 0, 0, 0)), () => $"I9: {message}");
        }
    }

    [TestCaseSource(nameof(Every))]
    public void An_answer_to_an_earlier_question_and_a_timer_of_an_earlier_wait_change_nothing(Type saga, string state)
    {
        foreach (var (bench, before, message) in Walk(saga, state, stale: true))
        {
            var (wait, attempt, deadline) = (before.Wait, before.Attempt, before.DeadlineAt);
            bench.Deliver(message, before.WaitToken);
            Assert.That((before.CurrentState, before.Wait, before.Attempt, before.DeadlineAt, bench.Sent.Count), Is.EqualTo((state, wait, attempt, deadline, 0)), () => $"{message} in {state}");
        }
    }

    private static bool IsEnd(Type saga, string state) => saga == typeof(ReplicaState) ? Rests.Contains(state) : Ends.Contains(state);

    private static IEnumerable<(Bench Bench, WaitingSaga Saga, object Message)> Walk(Type type, string state, bool stale = false)
    {
        for (var mood = 0; mood < Moods; mood++)
        {
            var count = Messages(type, mood, stale).Count;
            for (var index = 0; index < count; index++)
            {
                var bench = new Bench();
                var saga = Put(bench, type, mood);
                saga.CurrentState = state;
                saga.Wait = 5;
                saga.Attempt = 3;
                saga.Tries = Bit(mood, 0) ? 99 : 1;
                saga.LastError = "an error";
                saga.DeadlineAt = IsEnd(type, state) ? null : Bench.Start.AddMinutes(1);
                saga.WaitToken = IsEnd(type, state) ? null : Guid.NewGuid();
                yield return (bench, saga, Messages(type, mood, stale)[index]);
            }
        }
    }

    private static bool Bit(int mood, int bit) => (mood >> bit & 1) == 1;

    private static WaitingSaga Put(Bench bench, Type type, int mood)
    {
        bench.Ledger.Replicas.AddRange(Sample.BeforeAll(4));
        bench.Definitions.Promotion = Sample.Pinned();
        var endsAt = Bench.Start + (Bit(mood, 1) ? TimeSpan.FromHours(1) : TimeSpan.FromMinutes(-1));
        switch (type.Name)
        {
            case nameof(PromotionState):
                var promotion = new PromotionState { CorrelationId = Sample.Promotion, Pipeline = "plant", Stages = ["snapshot", "validate", "rollout"], StageId = Sample.Stage, StageIndex = Bit(mood, 1) ? 2 : 0, AbortedBy = "ada", SnapshotDigest = "d" };
                bench.Promotions.Put(promotion);
                return promotion;
            case nameof(SnapshotState):
                var snapshot = new SnapshotState { CorrelationId = Sample.Stage, PromotionId = Sample.Promotion, Settings = new() { From = "dev" }, EndsAt = endsAt };
                bench.Snapshots.Put(snapshot);
                return snapshot;
            case nameof(ValidateState):
                var validation = new ValidateState { CorrelationId = Sample.Stage, PromotionId = Sample.Promotion, Settings = new(), SnapshotDigest = "d", EndsAt = endsAt };
                bench.Validations.Put(validation);
                return validation;
            case nameof(RolloutState):
                var rollout = new RolloutState
                {
                    CorrelationId = Sample.Stage,
                    PromotionId = Sample.Promotion,
                    SnapshotDigest = Sample.New,
                    EndsAt = endsAt,
                    Token = 41,
                    Replicas = 4,
                    Wave = Bit(mood, 2) ? 1 : 0,
                    Settings = Sample.Rollout with { Waves = ["2"], MaxUnavailable = Bit(mood, 3) ? "3" : "2", OnFailure = Bit(mood, 4) ? OnFailure.Hold : OnFailure.Restore },
                    Outstanding = Bit(mood, 3) ? [1] : [0, 1],
                    Touched = 2,
                    Order = 7,
                    RestoringIndex = Bit(mood, 2) ? 1 : 0,
                    Stuck = Bit(mood, 5) ? [1] : [],
                    Reason = "a reason",
                    Aborted = Bit(mood, 6),
                    Quiet = Bit(mood, 7),
                    RetryWanted = Bit(mood, 3),
                    CancelRequest = 2,
                };
                if (rollout.RestoringIndex == 1)
                {
                    rollout.Outstanding = [1];
                }

                bench.Rollouts.Put(rollout);
                return rollout;
            default:
                var replica = new ReplicaState
                {
                    CorrelationId = Sample.Which(1).ReplicaId,
                    Which = Sample.Which(1),
                    Order = 7,
                    SnapshotDigest = Sample.New,
                    Before = Sample.Before(1),
                    RestoreWanted = Bit(mood, 2),
                    DeployWanted = Bit(mood, 3),
                    Settings = Sample.Rollout with { Soak = new SoakSettings { Duration = Bit(mood, 4) ? TimeSpan.FromSeconds(30) : TimeSpan.Zero } },
                    RestoreTries = 4,
                    Force = Bit(mood, 5),
                    SoakEndsAt = Bench.Start.AddSeconds(30),
                };
                bench.Replicas.Put(replica);
                return replica;
        }
    }

    /// <summary>Every message of the machine; when <paramref name="stale"/>, only those that a saga must see to be late.</summary>
    private static List<object> Messages(Type type, int mood, bool stale)
    {
        var (stage, promotion, replica) = (Sample.Stage, Sample.Promotion, Sample.Which(1).ReplicaId);
        var (attempt, wait, order) = stale ? (2, 4, 6) : (3, 5, 7);
        var index = Bit(mood, 2) ? 1 : 0;
        switch (type.Name)
        {
            case nameof(PromotionState):
                var other = stale ? Guid.NewGuid() : stage;
                List<object> about =
                [
                    new StageSucceeded(other, promotion, "d"), new StageFailed(other, promotion, "r", false), new StageFailed(other, promotion, "r", true),
                    new StageCancelled(other, promotion, "r"), new StageNeedsAttention(other, promotion, "r", []), new PromotionWaitOver(promotion, wait),
                ];
                return stale ? about : [.. about, new PromotionAccepted(promotion, "plant", "ada"), new AbortPromotion(promotion, "ada", null), new SupersedePromotion(promotion, Sample.Other), new RetryPromotion(promotion, "ada")];
            case nameof(SnapshotState):
                List<object> taken = [new SnapshotTaken(stage, attempt, "d"), new SnapshotNotTaken(stage, attempt, "r", Bit(mood, 2)), new SnapshotWaitOver(stage, wait)];
                return stale ? taken : [.. taken, new StartSnapshot(stage, promotion, new() { From = "dev" }, null, "ada"), new CancelStage(stage, "ada", null, 1)];
            case nameof(ValidateState):
                List<object> validated = [new SnapshotValidated(stage, attempt, Bit(mood, 2), "s"), new SnapshotNotValidated(stage, attempt, "r"), new ValidateWaitOver(stage, wait)];
                return stale ? validated : [.. validated, new StartValidate(stage, promotion, new(), "d"), new CancelStage(stage, "ada", null, 1)];
            case nameof(RolloutState):
                List<object> reported =
                [
                    new TargetRecorded(stage, attempt, 4), new TargetNotRecorded(stage, attempt, "r", Bit(mood, 5)),
                    new ReplicaDeployed(stage, replica, index, order), new ReplicaFailed(stage, replica, index, order, "r"),
                    new ReplicaRestored(stage, replica, index, order), new ReplicaStuck(stage, replica, index, order, "r"), new TargetSurveyed(stage, attempt, []), new RolloutWaitOver(stage, wait),
                ];
                return stale ? reported :
                [
                    .. reported, new ReplicaDeployed(stage, replica, 3, order), new ReplicaRestored(stage, replica, 3, order),
                    new StartRollout(stage, promotion, Sample.Rollout, Sample.New), new TargetGranted(stage, "plant", 41), new CancelStage(stage, "ada", null, 2), new CancelStage(stage, "ada", null, 3), new RetryStage(stage, "ada"),
                ];
            default:
                var settings = Sample.Rollout;
                List<object> answered =
                [
                    new ReplicaTook(replica, attempt), new ReplicaRefused(replica, attempt, "r"), new ReplicaSilent(replica, attempt, "r"), new ReplicaKeptRunning(replica, attempt, Bench.Start.AddSeconds(Bit(mood, 3) ? 30 : 20)),
                    new ReplicaTookBack(replica, attempt), new ReplicaNotRestored(replica, attempt, "r", Bit(mood, 6)), new ReplicaWaitOver(replica, wait),
                    new BringReplica(Sample.Which(1), order, Sample.New, Sample.Before(1), settings), new BringBackReplica(Sample.Which(1), order, Sample.New, Sample.Before(1), settings, 4, false),
                ];
                return stale ? answered :
                [
                    .. answered, new BringReplica(Sample.Which(1), 8, Sample.New, Sample.Before(1), settings), new BringBackReplica(Sample.Which(1), 8, Sample.New, Sample.Before(1), settings, 4, true),
                ];
        }
    }
}
