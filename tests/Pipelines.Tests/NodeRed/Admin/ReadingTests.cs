using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Admin;

[TestFixture]
public sealed class ReadingTests : AdminTests
{
    [Test]
    public async Task Flows_are_read_as_they_are()
    {
        var reading = await Client().ReadFlowsAsync();
        Assert.That(((Reading<RawFlows>.Read)reading).Value.Digest, Is.EqualTo(Fake.Revision));
    }

    [Test]
    public async Task A_stumble_is_read_again_without_a_word()
    {
        Fake.Faults.OnReadFlows(new Fault.CutBefore()).OnReadFlows(new Fault.Status(503));
        Assert.That(await Client().ReadFlowsAsync(), Is.InstanceOf<Reading<RawFlows>.Read>());
        Assert.That(Fake.Requests, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task A_dead_replica_is_silent_and_the_last_error_is_kept()
    {
        await Fake.DieAsync();
        var silent = (Reading<RawFlows>.Silent)await Client().ReadFlowsAsync();
        Assert.That(silent.Tries, Is.EqualTo(3));
        Assert.That(silent.Reason, Does.Contain("'plant-b'").And.Contain("refused").And.Contain("instances.yaml"));
    }

    [Test]
    public async Task A_replica_that_hangs_is_silent()
    {
        Fake.Faults.OnReadFlows(new Fault.Hang(), times: 3);
        Assert.That(((Reading<RawFlows>.Silent)await Client(Impatient with { ReadTimeout = TimeSpan.FromMilliseconds(200) }).ReadFlowsAsync()).LastError, Does.Contain("no answer within"));
    }

    [Test]
    public async Task A_replica_that_boots_is_not_ready()
    {
        Fake.Faults.OnReadFlows(new Fault.BootNull());
        Assert.That(await Client().ReadFlowsAsync(), Is.InstanceOf<Reading<RawFlows>.NotReady>());
    }

    [Test]
    public async Task A_login_page_is_refused_as_not_being_JSON()
    {
        Fake.Faults.OnReadFlows(new Fault.Html());
        Assert.That(((Reading<RawFlows>.Refused)await Client().ReadFlowsAsync()).Reason, Does.Contain("text/html").And.Contain("admin root"));
    }

    [Test]
    public async Task An_old_Node_RED_is_refused_by_its_revision()
    {
        Fake.ClaimedRevision = "d751713988987e9331980363e24189ce";
        Assert.That(((Reading<RawFlows>.Refused)await Client().ReadFlowsAsync()).Reason, Does.Contain("2.x").And.Contain("'plant-b'"));
    }

    [Test]
    public async Task A_refused_token_is_not_tried_again()
    {
        var refused = (Reading<RawFlows>.Refused)await Client(access: new Access.Bearer("wrong")).ReadFlowsAsync();
        Assert.That(refused.Reason, Is.EqualTo("'plant-b' answered 401 to GET flows: its token was refused, or may not do this. Check access.token of plant-b in instances.yaml."));
        Assert.That(Fake.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Only_what_runs_is_active()
    {
        Fake.DeployForeign(Nodes.Smoke("x", """{"id":"off","type":"debug","z":"t1","d":true,"x":1,"y":1,"wires":[]}"""));
        var outcome = ((Reading<ProbeOutcome>.Read)await Client().ProbeAsync(["in1", "off", "t1", "ch1", "out1"])).Value;
        Assert.That(outcome.Active, Is.EqualTo(new[] { "in1", "ch1", "out1" }));
        Assert.That(outcome.Inactive, Is.EqualTo(new[] { "off", "t1" }));
    }

    [Test]
    public async Task Facts_come_with_one_sentence_when_nobody_is_there()
    {
        await Fake.DieAsync();
        var facts = await Client().GatherAsync();
        Assert.That(facts.Troubles, Has.Count.EqualTo(1));
        Assert.That(facts.Present, Is.Null);
    }

    [Test]
    public async Task Facts_do_without_diagnostics()
    {
        Fake.Faults.On("GET", "/diagnostics", new Fault.Status(403, "diagnostics.disabled"));
        var facts = await Client().GatherAsync();
        Assert.That(facts.Troubles, Is.Empty);
        Assert.That(facts.ApiMaxLength, Is.Null);
        Assert.That(facts.State, Is.EqualTo(FlowState.Start));
    }

    [TestCase("5mb", 5242880)]
    [TestCase("100 kb", 102400)]
    [TestCase("1.5MB", 1572864)]
    [TestCase("2000", 2000)]
    [TestCase("UNSET", 5242880)]
    public void Sizes_are_read_as_Node_RED_reads_them(string text, long bytes) => Assert.That(AdminJson.Bytes(text), Is.EqualTo(bytes));
}
