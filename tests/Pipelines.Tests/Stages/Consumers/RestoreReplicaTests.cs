using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;
using Pipelines.Tests.Engine;
using Pipelines.Tests.NodeRed;

namespace Pipelines.Tests.Stages.Consumers;

[TestFixture]
public sealed class RestoreReplicaTests : ConsumerTests
{
    [Test]
    public async Task A_replica_gets_back_byte_for_byte_what_it_ran_before()
    {
        Fake.DeployForeign(Nodes.Smoke("new"));
        await AskAsync<ReplicaTookBack>();
        Assert.That((Fake.Revision, Fake.FlowBytes.Span.SequenceEqual(Old.Bytes.Span)), Is.EqualTo((Old.Digest, true)));
    }

    [Test]
    public async Task A_replica_that_was_never_reached_is_only_looked_at()
    {
        await AskAsync<ReplicaTookBack>();
        Assert.That(Fake.Deploys, Is.Empty);
    }

    [Test]
    public async Task A_deploy_that_shows_late_is_found_out_and_undone()
    {
        // The answer to the deploy was lost, and the replica still holds the old flows when the restore looks for the first time.
        var question = Question();
        var consumer = new RestoreReplicaConsumer(Means, Ledger, new AtFirstDelay(() => Fake.DeployForeign(Nodes.Smoke("new"))));
        Assert.That(await AskAsync(consumer, question), Has.All.InstanceOf<ReplicaTookBack>());
        Assert.That((Fake.Revision, Fake.Deploys.Count), Is.EqualTo((Old.Digest, 1)));
    }

    [Test]
    public async Task A_deploy_that_the_replica_has_begun_is_waited_for_however_slow_its_storage_and_undone()
    {
        var stored = new TaskCompletionSource();
        Fake.Faults.OnDeploy(new Fault.StoresAt(stored.Task));
        // Whoever posted it is gone before the answer.
        using (var gone = new CancellationTokenSource())
        {
            var client = await Means.ClientAsync(Sample.Which(0), CancellationToken.None);
            var posted = client.DeployAsync(New, Old.Digest, Pipelines.NodeRed.Admin.DeployType.Full, CredentialsMap.Empty, mayStill: null, gone.Token);
            await PostsAsync(1);
            await gone.CancelAsync();
            Assert.That(async () => await posted, Throws.InstanceOf<OperationCanceledException>());
        }

        var restored = AskAsync(new RestoreReplicaConsumer(Means, Ledger, new AtFirstDelay(() => { })), Question());
        await PostsAsync(2);
        Assert.That((restored.IsCompleted, Fake.Revision), Is.EqualTo((false, Old.Digest)), "it looks restored, and is not");
        stored.SetResult();

        Assert.That(await restored, Has.All.InstanceOf<ReplicaTookBack>());
        Assert.That((Fake.Revision, Fake.Deploys.Count), Is.EqualTo((Old.Digest, 2)));

        Task PostsAsync(int count) => Fake.WaitForAsync(fake => fake.Requests.Count(x => x.Method == "POST") == count, $"not {count} posts");
    }

    [TestCase(401)]
    [TestCase(403)]
    [TestCase(500)]
    [TestCase(503)]
    public async Task Who_refuses_deploys_has_none_under_way(int status)
    {
        Fake.Faults.OnDeploy(new Fault.Status(status));
        await AskAsync<ReplicaTookBack>();
    }

    [Test]
    public async Task Without_a_clear_answer_it_is_not_known_whether_a_deploy_is_under_way()
    {
        foreach (var fault in new Fault[] { new Fault.Status(504), new Fault.Html(), new Fault.CutBefore() })
        {
            Fake.Faults.OnDeploy(fault);
            Assert.That((await AskAsync<ReplicaNotRestored>()).Definite, Is.False, $"{fault}");
        }
    }

    [Test]
    public async Task What_somebody_else_deployed_stays_and_asking_again_is_of_no_use()
    {
        Fake.DeployForeign(Nodes.Smoke("strange"));
        var answer = await AskAsync<ReplicaNotRestored>();
        Assert.That((answer.Definite, Fake.Revision), Is.EqualTo((true, Strange.Digest)));
        Assert.That(answer.Reason, Does.Contain("somebody else"));
    }

    [Test]
    public async Task A_person_who_wants_the_old_flows_gets_them_over_anything()
    {
        Fake.DeployForeign(Nodes.Smoke("strange"));
        await AskAsync<ReplicaTookBack>(Question() with { Force = true });
        Assert.That(Fake.Revision, Is.EqualTo(Old.Digest));
    }

    [Test]
    public async Task A_replica_that_could_not_read_its_file_when_it_booted_is_nobodys_deploy()
    {
        Fake.DeployForeign("[]");
        await AskAsync<ReplicaTookBack>();
        Assert.That(Fake.Revision, Is.EqualTo(Old.Digest));
    }

    [Test]
    public async Task Somebody_who_deploys_between_the_look_and_the_post_is_seen_by_the_next_try()
    {
        Fake.DeployForeign(Nodes.Smoke("new"));
        Fake.Faults.OnDeploy(new Fault.ForeignFirst(Nodes.Smoke("strange")));
        Assert.That((await AskAsync<ReplicaNotRestored>()).Definite, Is.False);
        Assert.That((await AskAsync<ReplicaNotRestored>()).Definite, Is.True);
    }

    [Test]
    public async Task A_replica_that_cannot_be_reached_is_asked_again()
    {
        await Fake.DieAsync();
        Assert.That((await AskAsync<ReplicaNotRestored>()).Definite, Is.False);
    }

    [Test]
    public async Task A_full_disk_may_pass()
    {
        Fake.DeployForeign(Nodes.Smoke("new"));
        Fake.Faults.OnDeploy(new Fault.Status(400, "ENOSPC", "no space left"));
        var answer = await AskAsync<ReplicaNotRestored>();
        Assert.That((answer.Definite, answer.Reason), Is.EqualTo((false, answer.Reason)));
        Assert.That(answer.Reason, Does.Contain("no space left"));
    }

    [Test]
    public async Task Flows_that_did_not_run_before_are_proved_by_their_revision()
    {
        var broken = Nodes.Raw(Nodes.Smoke("old", """{"id":"x1","type":"no-such-node","z":"t1","name":"","x":1,"y":1,"wires":[[]]}"""));
        Snapshots.Keep(broken);
        Fake.DeployForeign(Nodes.Smoke("new"));
        await AskAsync<ReplicaTookBack>(Question() with { Before = Before(broken, ran: false) });
        Assert.That(Fake.Revision, Is.EqualTo(broken.Digest));
    }

    [Test]
    public async Task Flows_that_ran_before_and_do_not_run_now_are_not_restored()
    {
        Fake.SetState("stop");
        Assert.That((await AskAsync<ReplicaNotRestored>()).Definite, Is.False);
    }

    [Test]
    public async Task What_the_replica_ran_is_not_stored_any_more_which_only_a_person_can_mend()
    {
        Snapshots.Flows.Remove(Old.Digest);
        Fake.DeployForeign(Nodes.Smoke("new"));
        Assert.That((await AskAsync<ReplicaNotRestored>()).Definite, Is.True);
    }

    [Test]
    public async Task A_secret_that_is_missing_is_a_persons_business()
    {
        Forget("TOKEN");
        var answer = await AskAsync<ReplicaNotRestored>();
        Assert.That(answer.Definite, Is.True);
        Assert.That(answer.Reason, Does.Contain("TOKEN"));
    }

    [Test]
    public async Task A_question_that_is_not_open_or_too_late_touches_nothing()
    {
        Fake.DeployForeign(Nodes.Smoke("new"));
        Assert.That(await AskAsync(Consumer, Question() with { NotAfter = Time.GetUtcNow().AddSeconds(-1) }), Is.Empty);
        Ledger.IsOpen = (_, _) => false;
        Assert.That(await AskAsync(Consumer, Question()), Is.Empty);
        Assert.That(Fake.Requests, Is.Empty);
    }

    [Test]
    public async Task A_question_that_is_over_while_the_deploy_leaves_touches_nothing()
    {
        Fake.DeployForeign(Nodes.Smoke("new"));
        var looks = 0;
        Ledger.IsOpen = (_, _) => ++looks == 1;
        await AskAsync<ReplicaNotRestored>();
        Assert.That((looks, Fake.Revision), Is.EqualTo((2, New.Digest)));
    }

    private RestoreReplicaConsumer Consumer => new(Means, Ledger, Time);

    private RestoreReplica Question() => new(Sample.Which(0), 1, New.Digest.ToString(), Before(Old), Settings, Force: false, Soon);

    private Task<TAnswer> AskAsync<TAnswer>(RestoreReplica? question = null) => AskAsync<RestoreReplica, TAnswer>(Consumer, question ?? Question());

    /// <summary>A clock whose pauses are over at once, and during whose first one something happens.</summary>
    private sealed class AtFirstDelay(Action happens) : TimeProvider
    {
        private Action? _happens = happens;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.FromSeconds(5))
            {
                return System.CreateTimer(callback, state, dueTime, period);
            }

            Interlocked.Exchange(ref _happens, null)?.Invoke();
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
