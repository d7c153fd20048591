using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.Testing;
using Pipelines.Tests.Engine;
using Pipelines.Tests.NodeRed;

namespace Pipelines.Tests.Stages.Consumers;

[TestFixture]
public sealed class DeployReplicaTests : ConsumerTests
{
    [Test]
    public async Task A_replica_that_took_the_flows_and_runs_them_has_taken_them()
    {
        Assert.That(await AskAsync<ReplicaTook>(), Is.EqualTo(new ReplicaTook(Sample.Which(0).ReplicaId, 1)));
        Assert.That((Fake.Revision, Fake.Deploys.Single().Type), Is.EqualTo((New.Digest, "full")));
    }

    [Test]
    public async Task A_question_that_is_not_open_any_more_touches_nothing()
    {
        Ledger.IsOpen = (_, attempt) => attempt == 2;
        Assert.That(await AskAsync(Consumer, Question()), Is.Empty);
        Assert.That(Fake.Requests, Is.Empty);
    }

    [Test]
    public async Task A_question_that_is_over_while_the_deploy_leaves_touches_nothing()
    {
        // An engine that was paused past its time goes on exactly where it was: after its first look.
        var looks = 0;
        Ledger.IsOpen = (_, _) => ++looks == 1;
        await AskAsync<ReplicaSilent>();
        Assert.That((looks, Fake.Deploys.Count, Fake.Revision), Is.EqualTo((2, 0, Old.Digest)));
    }

    [Test]
    public async Task A_question_whose_time_is_over_touches_nothing()
    {
        Assert.That(await AskAsync(Consumer, Question() with { NotAfter = Time.GetUtcNow().AddSeconds(-1) }), Is.Empty);
        Assert.That(Fake.Requests, Is.Empty);
    }

    [Test]
    public async Task A_replica_that_cannot_be_reached_is_silent()
    {
        await Fake.DieAsync();
        Assert.That((await AskAsync<ReplicaSilent>()).Reason, Does.Contain("'r0'"));
    }

    [Test]
    public async Task A_replica_that_boots_is_silent_and_nothing_is_posted()
    {
        Fake.Faults.OnReadFlows(new Fault.BootNull(), 20);
        await AskAsync<ReplicaSilent>();
        Assert.That(Fake.Deploys, Is.Empty);
    }

    [Test]
    public async Task A_page_instead_of_flows_is_no_Node_RED_and_refused()
    {
        Fake.Faults.OnReadFlows(new Fault.Html(), 20);
        await AskAsync<ReplicaRefused>();
        Assert.That(Fake.Deploys, Is.Empty);
    }

    [Test]
    public async Task An_answer_that_was_cut_after_the_deploy_hides_a_replica_that_took_it()
    {
        Fake.Faults.OnDeploy(new Fault.CutAfter());
        await AskAsync<ReplicaTook>();
        Assert.That(Fake.Deploys, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Asked_twice_it_is_deployed_once()
    {
        await AskAsync<ReplicaTook>();
        await AskAsync<ReplicaTook>();
        Assert.That(Fake.Deploys, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task What_somebody_else_deployed_is_not_overwritten()
    {
        Fake.DeployForeign(Nodes.Smoke("strange"));
        Assert.That((await AskAsync<ReplicaRefused>()).Reason, Does.Contain("somebody else"));
        Assert.That(Fake.Revision, Is.EqualTo(Strange.Digest));
    }

    [Test]
    public async Task Somebody_who_deploys_between_the_look_and_the_post_wins()
    {
        Fake.Faults.OnDeploy(new Fault.ForeignFirst(Nodes.Smoke("strange")));
        await AskAsync<ReplicaRefused>();
        Assert.That(Fake.Revision, Is.EqualTo(Strange.Digest));
    }

    [Test]
    public async Task Old_flows_that_do_not_close_are_waited_for_until_the_question_is_over()
    {
        Fake.Faults.OnDeploy(new Fault.CloseHangs(TimeSpan.FromSeconds(60)));
        var question = Question() with { NotAfter = Time.GetUtcNow().AddSeconds(1) };
        var answers = await AskAsync(Consumer, question);
        Assert.That(answers, Has.Count.EqualTo(1).And.All.InstanceOf<ReplicaSilent>());
    }

    [Test]
    public async Task A_200_without_effect_is_refused()
    {
        Fake.Faults.OnDeploy(new Fault.NoEffect());
        await AskAsync<ReplicaRefused>();
    }

    [Test]
    public async Task Flows_that_need_what_the_replica_has_not_are_refused_after_it_took_them()
    {
        var missing = Nodes.Raw(Nodes.Smoke("new", """{"id":"x1","type":"no-such-node","z":"t1","name":"","x":1,"y":1,"wires":[[]]}"""));
        Snapshots.Keep(missing);
        await AskAsync<ReplicaRefused>(missing.Digest.ToString());
        Assert.That(Fake.Revision, Is.EqualTo(missing.Digest));
    }

    [Test]
    public async Task A_secret_that_is_missing_is_a_persons_business_and_nothing_is_touched()
    {
        Forget("TOKEN");
        Assert.That((await AskAsync<ReplicaRefused>()).Reason, Does.Contain("TOKEN"));
        Assert.That(Fake.Requests, Is.Empty);
    }

    [Test]
    public async Task Flows_that_are_not_stored_any_more_are_a_persons_business()
    {
        Snapshots.Flows.Remove(New.Digest);
        Assert.That((await AskAsync<ReplicaRefused>()).Reason, Does.Contain("no snapshot"));
    }

    [TestCase(DeployType.Flows)]
    [TestCase(DeployType.Nodes)]
    public async Task Credentials_are_posted_with_a_full_deploy_whatever_the_pipeline_says(DeployType type)
    {
        Know("PASSWORD", "s3cret");
        Credentials["ch1"] = new Dictionary<string, Pipelines.Engine.Definitions.Secrets.SecretReference>(StringComparer.Ordinal) { ["password"] = Secret("PASSWORD") };
        Credentials["gone"] = Credentials["ch1"];
        Settings = Settings with { DeployType = type };
        Define();
        await AskAsync<ReplicaTook>();
        Assert.That((Fake.Deploys.Single().Type, Fake.Credential("ch1", "password"), Fake.CredentialsOf.Contains("gone")), Is.EqualTo(("full", "s3cret", false)));
    }

    [Test]
    public async Task Without_credentials_the_pipeline_decides_how_much_restarts()
    {
        Settings = Settings with { DeployType = DeployType.Nodes };
        await AskAsync<ReplicaTook>();
        Assert.That(Fake.Deploys.Single().Type, Is.EqualTo("nodes"));
    }

    private DeployReplicaConsumer Consumer => new(Means, Ledger, Time);

    private DeployReplica Question(string? digest = null) => new(Sample.Which(0), 1, digest ?? New.Digest.ToString(), Before(Old), Settings, Soon);

    private Task<TAnswer> AskAsync<TAnswer>(string? digest = null) => AskAsync<DeployReplica, TAnswer>(Consumer, Question(digest));
}
