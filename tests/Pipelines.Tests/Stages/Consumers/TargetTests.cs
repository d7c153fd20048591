using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Testing;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages.Consumers;

/// <summary>What is recorded before, and surveyed after, a rollout.</summary>
[TestFixture]
public sealed class TargetTests : ConsumerTests
{
    [Test]
    public async Task What_every_replica_runs_is_kept_before_any_is_touched()
    {
        Snapshots.Flows.Remove(Old.Digest);
        Assert.That((await RecordAsync<TargetRecorded>()).Replicas, Is.EqualTo(1));
        Assert.That(Ledger.Replicas.Single(), Is.EqualTo(Before(Old)));
        Assert.That(Snapshots.Flows, Does.ContainKey(Old.Digest));
        Assert.That(Fake.Deploys, Is.Empty);
    }

    [Test]
    public async Task Flows_that_stand_still_are_recorded_as_such()
    {
        Fake.SetState("stop");
        await RecordAsync<TargetRecorded>();
        Assert.That(Ledger.Replicas.Single().Ran, Is.False);
    }

    [Test]
    public async Task A_replica_without_flows_can_be_recorded_and_restored_too()
    {
        Fake.DeployForeign("[]");
        await RecordAsync<TargetRecorded>();
        Assert.That(Ledger.Replicas.Single().Revision, Is.EqualTo(Fake.Revision.ToString()));
    }

    [Test]
    public async Task A_replica_that_cannot_be_read_is_asked_again()
    {
        await Fake.DieAsync();
        Assert.That((await RecordAsync<TargetNotRecorded>()).Definite, Is.False);
        await Fake.ReviveAsync();
        Fake.Faults.OnReadFlows(new Fault.BootNull(), 20);
        Assert.That((await RecordAsync<TargetNotRecorded>()).Definite, Is.False);
        Assert.That(Ledger.Replicas, Is.Empty);
    }

    [Test]
    public async Task A_secret_that_is_missing_is_a_persons_business()
    {
        Forget("TOKEN");
        Assert.That((await RecordAsync<TargetNotRecorded>()).Definite);
    }

    [Test]
    public async Task A_snapshot_that_is_gone_is_a_persons_business()
    {
        Snapshots.Flows.Remove(New.Digest);
        Assert.That((await RecordAsync<TargetNotRecorded>()).Definite);
    }

    [Test]
    public async Task Whoever_is_called_is_told_what_a_replica_runs()
    {
        Assert.That(await SurveyAsync(), Is.EqualTo(new ReplicaRuns("r0", Old.Digest.ToString(), null)));
        Assert.That(Ledger.Surveys, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Whoever_is_called_is_told_that_flows_stand_still()
    {
        Fake.SetState("stop");
        Assert.That((await SurveyAsync()).Problem, Does.Contain("does not run"));
    }

    [Test]
    public async Task A_replica_that_cannot_be_asked_is_named_all_the_same()
    {
        await Fake.DieAsync();
        var runs = await SurveyAsync();
        Assert.That((runs.Replica, runs.Revision), Is.EqualTo(("r0", (string?)null)));
        Assert.That(runs.Problem, Is.Not.Empty);
    }

    [Test]
    public async Task A_replica_that_hangs_is_named_when_the_time_is_over()
    {
        Fake.Faults.OnAll(new Fault.Hang());
        Assert.That((await SurveyAsync(Time.GetUtcNow().AddMilliseconds(300))).Problem, Does.Contain("did not answer in time"));
    }

    [Test]
    public async Task A_secret_that_is_missing_is_told_too()
    {
        Forget("TOKEN");
        Assert.That((await SurveyAsync()).Problem, Does.Contain("TOKEN"));
    }

    private Task<TAnswer> RecordAsync<TAnswer>() =>
        AskAsync<RecordTarget, TAnswer>(
            new RecordTargetConsumer(Definitions, Clients, FlowSets, Snapshots, Ledger, Time),
            new RecordTarget(Sample.Stage, Sample.Promotion, "plant", 41, New.Digest.ToString(), 1, Soon));

    private async Task<ReplicaRuns> SurveyAsync(DateTimeOffset? notAfter = null) =>
        (await AskAsync<SurveyTarget, TargetSurveyed>(
            new SurveyTargetConsumer(Definitions, Clients, Ledger, Time),
            new SurveyTarget(Sample.Stage, Sample.Promotion, "plant", 1, 1, notAfter ?? Soon))).Replicas.Single();
}
