using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.Testing;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages.Consumers;

[TestFixture]
public sealed class TakeSnapshotTests : ConsumerTests
{
    [Test]
    public async Task Flows_are_kept_under_their_digest_with_where_they_came_from()
    {
        Snapshots.Flows.Clear();
        Assert.That((await AskAsync<SnapshotTaken>()).Digest, Is.EqualTo(Old.Digest.ToString()));
        Assert.That(Snapshots.Flows[Old.Digest].Bytes.Span.SequenceEqual(Old.Bytes.Span));
        var provenance = Snapshots.Provenances.Single();
        Assert.That((provenance.Instance, provenance.RequestedBy, provenance.NodeRedVersion), Is.EqualTo(("dev", "ada", "4.1.15")));
        Assert.That(provenance.Types.Select(x => x.Type), Does.Contain("http in"));
    }

    [Test]
    public async Task An_instance_that_cannot_be_reached_is_asked_again()
    {
        await Fake.DieAsync();
        Assert.That((await AskAsync<SnapshotNotTaken>()).Definite, Is.False);
    }

    [Test]
    public async Task An_instance_that_boots_is_asked_again()
    {
        Fake.Faults.OnReadFlows(new Fault.BootNull(), 20);
        Assert.That((await AskAsync<SnapshotNotTaken>()).Definite, Is.False);
    }

    [Test]
    public async Task A_page_instead_of_flows_is_asked_again()
    {
        Fake.Faults.OnReadFlows(new Fault.Html(), 20);
        Assert.That((await AskAsync<SnapshotNotTaken>()).Definite, Is.False);
    }

    [Test]
    public async Task An_instance_that_hangs_is_given_up_when_the_question_is_over()
    {
        Fake.Faults.OnReadFlows(new Fault.Hang(), 20);
        var answer = await AskAsync<SnapshotNotTaken>(Question() with { NotAfter = Time.GetUtcNow().AddMilliseconds(300) });
        Assert.That(answer.Definite, Is.False);
        Assert.That(answer.Reason, Does.Contain("not done with in time"));
    }

    [Test]
    public async Task An_instance_without_flows_is_a_persons_business()
    {
        Fake.DeployForeign("[]");
        var answer = await AskAsync<SnapshotNotTaken>();
        Assert.That(answer.Definite);
        Assert.That(answer.Reason, Does.Contain("has no flows"));
    }

    [Test]
    public async Task A_secret_that_is_missing_is_a_persons_business()
    {
        Forget("TOKEN");
        Assert.That((await AskAsync<SnapshotNotTaken>()).Definite);
    }

    [Test]
    public async Task A_stored_snapshot_is_found_without_asking_the_instance()
    {
        Assert.That((await AskAsync<SnapshotTaken>(Question() with { ExistingDigest = New.Digest.ToString() })).Digest, Is.EqualTo(New.Digest.ToString()));
        Assert.That(Fake.Requests, Is.Empty);
    }

    [Test]
    public async Task A_stored_snapshot_that_is_gone_is_a_persons_business() =>
        Assert.That((await AskAsync<SnapshotNotTaken>(Question() with { ExistingDigest = Strange.Digest.ToString() })).Definite);

    private TakeSnapshot Question() => new(Sample.Stage, Sample.Promotion, "dev", null, "ada", 1, Soon);

    private Task<TAnswer> AskAsync<TAnswer>(TakeSnapshot? question = null) =>
        AskAsync<TakeSnapshot, TAnswer>(new TakeSnapshotConsumer(Definitions, Clients, FlowSets, Snapshots, Time), question ?? Question());
}
