using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.Tests.Engine;
using Pipelines.Tests.NodeRed;

namespace Pipelines.Tests.Stages.Consumers;

[TestFixture]
public sealed class SoakReplicaTests : ConsumerTests
{
    [Test]
    public async Task A_replica_that_keeps_running_has_lasted_the_soak()
    {
        Fake.DeployForeign(Nodes.Smoke("new"));
        var question = Question(TimeSpan.FromMilliseconds(100));
        Assert.That(await AskAsync<SoakReplica, ReplicaKeptRunning>(Consumer, question), Is.EqualTo(new ReplicaKeptRunning(Sample.Which(0).ReplicaId, 2, question.Until)));
    }

    [Test]
    public async Task A_replica_that_dies_has_not_even_when_it_comes_back()
    {
        Fake.DeployForeign(Nodes.Smoke("new"));
        var asking = AskAsync<SoakReplica, ReplicaRefused>(Consumer, Question(TimeSpan.FromSeconds(20)));
        await Fake.WaitForAsync(fake => fake.Requests.Count > 3, "The replica was never looked at");
        await Fake.DieAsync();
        Assert.That((await asking).Reason, Does.Contain("did not last the soak"));
    }

    [Test]
    public async Task Other_flows_than_the_snapshot_end_the_soak()
    {
        Assert.That((await AskAsync<SoakReplica, ReplicaRefused>(Consumer, Question(TimeSpan.FromSeconds(5)))).Reason, Does.Contain("did not last the soak"));
    }

    [Test]
    public async Task A_question_whose_time_is_over_says_nothing_about_the_replica() =>
        Assert.That(await AskAsync(Consumer, Question(TimeSpan.FromSeconds(1)) with { NotAfter = Time.GetUtcNow().AddSeconds(-1) }), Is.Empty);

    private SoakReplicaConsumer Consumer => new(Means, Time);

    private SoakReplica Question(TimeSpan length) =>
        new(Sample.Which(0), 2, New.Digest.ToString(), Settings with { Soak = new SoakSettings { Duration = length, Interval = TimeSpan.FromMilliseconds(20) } }, Time.GetUtcNow() + length, Soon);
}
