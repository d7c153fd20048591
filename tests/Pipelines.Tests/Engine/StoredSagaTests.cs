using System.Text.Json;
using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Stages.Rollout.Replicas;

namespace Pipelines.Tests.Engine;

/// <summary>A saga is stored as JSON between any two messages: what does not come back whole is forgotten in the middle of a rollout.</summary>
[TestFixture]
public sealed class StoredSagaTests
{
    private readonly Bench _bench = new();

    [OneTimeSetUp]
    public void Live()
    {
        _bench.Definitions.Promotion = Sample.Pinned();
        _bench.Ledger.Replicas.AddRange(Sample.BeforeAll(4));
        _bench.Deliver(new PromotionAccepted(Sample.Promotion, "plant", "ada"));
        var settings = Sample.Rollout with { Verification = new VerificationSettings { Checks = [new HttpCheck { Path = "/health" }] }, Waves = ["1", "25%"] };
        _bench.Deliver(new StartRollout(Sample.Stage, Sample.Promotion, settings, Sample.New));
        _bench.Deliver(new TargetRecorded(Sample.Stage, 1, 4));
        _bench.Deliver(_bench.Take<BringReplica>());
        _bench.Deliver(new ReplicaSilent(Sample.Which(0).ReplicaId, 1, "silent"));
    }

    [Test]
    public void A_promotion_comes_back_whole() => ComesBack(_bench.Promotions[Sample.Promotion], (PromotionState x) => (x.StageId, string.Join(' ', x.Stages), x.DeadlineAt, x.WaitToken));

    [Test]
    public void A_rollout_comes_back_whole() => ComesBack(_bench.Rollouts[Sample.Stage], (RolloutState x) => (x.Token, x.Order, string.Join(' ', x.Outstanding), string.Join(' ', x.Settings.Waves), x.WaveEndsAt));

    [Test]
    public void A_replica_comes_back_whole() => ComesBack(_bench.Replicas[Sample.Which(0).ReplicaId], (ReplicaState x) => (x.Which, x.Before, x.LastError, x.Tries, x.Settings.Verification.Checks[0].Path));

    private static void ComesBack<TSaga, TWhole>(TSaga saga, Func<TSaga, TWhole> whole)
    {
        var json = JsonSerializer.Serialize(saga);
        var back = JsonSerializer.Deserialize<TSaga>(json)!;
        Assert.That(whole(back), Is.EqualTo(whole(saga)));
        Assert.That(JsonSerializer.Serialize(back), Is.EqualTo(json));
    }
}
