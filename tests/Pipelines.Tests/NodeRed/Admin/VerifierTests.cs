using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Admin;

[TestFixture]
public sealed class VerifierTests : AdminTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(100);

    [Test]
    public async Task Flows_that_run_and_answer_are_verified()
    {
        Assert.That(await VerifyAsync(Nodes.Smoke("new"), Long, new HttpCheck { Path = "/smoke", BodyContains = "new" }), Is.EqualTo(new VerifyAnswer.Verified(2, 1)));
    }

    [Test]
    public async Task A_missing_type_is_found_although_revision_and_state_are_right()
    {
        var answer = (VerifyAnswer.NotRunning)await VerifyAsync(Nodes.Smoke("new", """{"id":"n","type":"ghost","z":"t1","d":true,"x":1,"y":1,"wires":[]}"""), Brief);
        Assert.That(answer.InactiveNodes, Is.EquivalentTo(new[] { "in1", "out1" }));
        Assert.That(answer.Reason, Does.Contain("'plant-b'").And.Contain("runs none of its nodes").And.Contain("'ask' (in1, http in)"));
    }

    [Test]
    public async Task A_missing_npm_module_is_found_likewise() =>
        Assert.That(await VerifyAsync(Nodes.Smoke("new", """{"id":"n","type":"function","libs":[{"var":"l","module":"lodash"}],"z":"t1","x":1,"y":1,"wires":[]}"""), Brief),
            Is.InstanceOf<VerifyAnswer.NotRunning>());

    [Test]
    public async Task Stopped_flows_do_not_run()
    {
        Fake.SetState("stop");
        Assert.That(((VerifyAnswer.NotRunning)await VerifyAsync(Nodes.Smoke("new"), Brief)).Reason, Does.Contain("'stop'"));
    }

    [Test]
    public async Task Old_flows_that_close_slowly_are_waited_for()
    {
        Fake.Faults.OnDeploy(new Fault.CloseHangs(TimeSpan.FromMilliseconds(500)));
        var flows = Nodes.Set(Nodes.Smoke("new"));
        var deploying = Client().DeployAsync(After, null, DeployType.Full, CredentialsMap.Empty);
        await Fake.WaitForAsync(fake => fake.Revision == After.Digest, "the deploy never arrived");
        Assert.That(await new ReplicaVerifier(Client()).VerifyAsync(new VerifyOrder(Running(flows)) { StartTimeout = Long }), Is.InstanceOf<VerifyAnswer.Verified>());
        Assert.That(await deploying, Is.InstanceOf<DeployAnswer.Took>());
    }

    [Test]
    public async Task Other_flows_are_told_at_once()
    {
        Fake.DeployForeign("[]");
        var answer = await new ReplicaVerifier(Client()).VerifyAsync(new VerifyOrder(Nodes.Set(Nodes.Smoke("new"))) { StartTimeout = Long });
        Assert.That(((VerifyAnswer.Foreign)answer).Found, Is.EqualTo(Fake.Revision));
    }

    [Test]
    public async Task A_replica_that_boots_is_waited_for()
    {
        Fake.Faults.OnReadFlows(new Fault.BootNull(), times: 3);
        Assert.That(await VerifyAsync(Nodes.Smoke("new"), Long), Is.InstanceOf<VerifyAnswer.Verified>());
    }

    [Test]
    public async Task A_dead_replica_is_silent()
    {
        Fake.DeployForeign(Nodes.Smoke("new"));
        await Fake.DieAsync();
        Assert.That(await new ReplicaVerifier(Client()).VerifyOnceAsync(new VerifyOrder(Running(Nodes.Set(Nodes.Smoke("new"))))), Is.InstanceOf<VerifyAnswer.Silent>());
    }

    [TestCase("/smoke", 200, null, null, null, null)]
    [TestCase("/smoke?deep=1", 200, "status", null, null, null)]
    [TestCase("/smoke", 200, null, "/status", "ok", null)]
    [TestCase("/smoke", 200, null, "/n", "42", null)]
    [TestCase("/smoke", 200, null, "/list/1/a~1b", "true", null)]
    [TestCase("/smoke", 200, null, "/list", null, null)]
    [TestCase("/nowhere", 404, null, null, null, null)]
    [TestCase("/nowhere", 200, null, null, null, "answered 404")]
    [TestCase("/smoke", 200, "other", null, null, "without 'other'")]
    [TestCase("/smoke", 200, null, "/status", "bad", "bad was expected")]
    [TestCase("/smoke", 200, null, "/gone/0", null, "nothing at /gone/0")]
    public async Task Checks_say_what_is_wrong(string path, int status, string? contains, string? at, string? equals, string? trouble)
    {
        Fake.DeployForeign(Nodes.Smoke("x").Replace("\"to\":\"x\",\"tot\":\"str\"", """ "to":"{\"status\":\"ok\",\"n\":42,\"list\":[0,{\"a/b\":true}]}","tot":"json" """, StringComparison.Ordinal));
        var check = new HttpCheck { Path = path, ExpectedStatus = status, BodyContains = contains, JsonPointer = at, JsonEquals = equals, Timeout = Long };
        var reason = await HttpChecker.AskAsync(Client().Http, Fake.Endpoint, check, TimeProvider.System, CancellationToken.None);
        Assert.That(reason, trouble is null ? Is.Null : Does.Contain(trouble).And.Contain("'plant-b'"));
    }

    [TestCase("/n", "1", null)]
    [TestCase("/half", "x", "x was expected")]
    [TestCase("/az", null, "nothing at /az")]
    [TestCase("/größe/0", "3", null)]
    public void An_answer_with_half_a_surrogate_pair_is_judged_like_any_other(string at, string? equals, string? trouble)
    {
        var reason = HttpChecker.Judge("r", new HttpCheck { Path = "/x", JsonPointer = at, JsonEquals = equals }, 200, """{"n":1,"half":"\ud800","a\ud800":{},"größe":[3]}""");
        Assert.That(reason, trouble is null ? Is.Null : Does.Contain(trouble));
    }

    [Test]
    public async Task A_check_that_is_never_answered_fails()
    {
        var endless = Nodes.Smoke("new").Replace("[[\"out1\"]]", "[[]]", StringComparison.Ordinal);
        var answer = await VerifyAsync(endless, TimeSpan.Zero, new HttpCheck { Path = "/smoke", Timeout = Brief });
        Assert.That(((VerifyAnswer.CheckFailed)answer).Reason, Does.Contain("within 0.1 s"));
    }

    [Test]
    public async Task Flows_that_kill_their_process_are_seen_by_looking_again()
    {
        await using var fragile = await FakeNodeRed.StartAsync("fragile", o => (o.Kills, o.KillsAfter, o.RevivesAfter) = (flows => flows.Contains("in1"), Brief, Brief));
        using var http = AdminHandler.CreateClient();
        var client = new AdminClient(http, fragile.Endpoint, Patient with { ReadTries = 1 });
        var order = new VerifyOrder(Running(Nodes.Set(Nodes.Smoke("new"))));
        await client.DeployAsync(order.Flows.Raw, null, DeployType.Full, CredentialsMap.Empty);
        await fragile.WaitForAsync(fake => !fake.IsAlive, "it never died");
        await fragile.WaitForAsync(fake => fake.IsAlive, "it never came back");
        Assert.That(fragile.Revision, Is.EqualTo(order.Flows.Digest));
    }

    private static FlowSet Running(FlowSet flows) => ((FlowSetAnswer.Read)FlowSet.Parse(Nodes.Raw(System.Text.Encoding.UTF8.GetString(flows.Raw.Bytes.Span)))).Flows;

    private async Task<VerifyAnswer> VerifyAsync(string flows, TimeSpan patience, params HttpCheck[] checks)
    {
        Fake.DeployForeign(flows);
        return await new ReplicaVerifier(Client()).VerifyAsync(new VerifyOrder(Running(Nodes.Set(flows))) { StartTimeout = patience, Checks = checks });
    }
}
