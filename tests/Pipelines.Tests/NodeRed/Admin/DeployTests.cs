using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Admin;

[TestFixture]
public sealed class DeployTests : AdminTests
{
    [Test]
    public async Task A_deploy_is_taken_and_read_back()
    {
        Assert.That(await DeployAsync(), Is.EqualTo(new DeployAnswer.Took(After.Digest)));
        var deploy = Fake.Deploys.Single();
        Assert.That((deploy.Revision, deploy.Type, deploy.ExpectedRevision), Is.EqualTo((After.Digest, "full", Nodes.Raw(Before).Digest.ToString())));
        Assert.That(Fake.Requests.Select(request => request.Method), Is.EqualTo(new[] { "GET", "POST", "GET" }));
    }

    [Test]
    public async Task What_is_already_there_is_not_deployed_again()
    {
        Fake.DeployForeign(Nodes.Smoke("new"));
        Assert.That(await DeployAsync(), Is.EqualTo(new DeployAnswer.Took(After.Digest, AlreadyThere: true)));
        Assert.That(Fake.Deploys, Is.Empty);
    }

    [Test]
    public async Task Other_flows_than_expected_are_not_deployed_over()
    {
        Fake.DeployForeign("[]");
        var foreign = (DeployAnswer.Foreign)await DeployAsync();
        Assert.That(foreign.Found, Is.EqualTo(Fake.Revision));
        Assert.That(foreign.Reason, Does.Contain("'plant-b'").And.Contain("somebody else"));
        Assert.That(Fake.Deploys, Is.Empty);
    }

    [Test]
    public async Task Somebody_who_deploys_between_the_look_and_the_deploy_wins()
    {
        Fake.Faults.OnDeploy(new Fault.ForeignFirst("[]"));
        Assert.That(((DeployAnswer.Foreign)await DeployAsync()).Found, Is.EqualTo(Nodes.Raw("[]").Digest));
        Assert.That(Fake.Deploys, Is.Empty);
    }

    [Test]
    public async Task A_lost_answer_hides_a_deploy_that_happened()
    {
        Fake.Faults.OnDeploy(new Fault.CutAfter());
        Assert.That(await DeployAsync(), Is.EqualTo(new DeployAnswer.Took(After.Digest)));
        Assert.That(Fake.Deploys, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task An_answer_that_never_comes_hides_a_deploy_that_happened()
    {
        Fake.Faults.OnDeploy(new Fault.HangAfter());
        Assert.That(await DeployAsync(Impatient), Is.EqualTo(new DeployAnswer.Took(After.Digest)));
    }

    [TestCase(502)]
    [TestCase(504)]
    public async Task A_proxy_that_gives_up_hides_a_deploy_that_happened(int status)
    {
        Fake.Faults.OnDeploy(new Fault.StatusAfter(status));
        Assert.That(await DeployAsync(), Is.EqualTo(new DeployAnswer.Took(After.Digest)));
        Assert.That(Fake.Deploys, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_deploy_that_takes_effect_late_is_waited_for()
    {
        Fake.Faults.OnDeploy(new Fault.CutAndLate(TimeSpan.FromMilliseconds(300)));
        Assert.That(await DeployAsync(Patient with { SettleTime = TimeSpan.FromSeconds(20) }), Is.EqualTo(new DeployAnswer.Took(After.Digest)));
    }

    [Test]
    public async Task A_cut_connection_without_effect_stays_silent_and_is_never_sent_twice()
    {
        Fake.Faults.OnDeploy(new Fault.CutBefore());
        var silent = (DeployAnswer.Silent)await DeployAsync();
        Assert.That(silent.Posted, Is.True);
        Assert.That(Fake.Requests.Count(request => request.Method == "POST"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_login_page_instead_of_an_answer_is_no_yes()
    {
        Fake.Faults.OnDeploy(new Fault.Html());
        Assert.That(await DeployAsync(), Is.InstanceOf<DeployAnswer.Silent>());
    }

    [Test]
    public async Task A_200_without_effect_is_refused()
    {
        Fake.Faults.OnDeploy(new Fault.NoEffect());
        Assert.That(await DeployAsync(), Is.InstanceOf<DeployAnswer.Refused>().With.Property("Code").EqualTo("no_effect"));
    }

    [TestCase("\"code\":\"EX\",\"message\":\"half \\ud800\"", "EX", "half \\ud800")]
    [TestCase("\"c\\ud800\":1,\"code\":\"EX\",\"error_description\":\"found\"", "EX", "found")]
    [TestCase("\"code\":7,\"message\":\"gr\u00ff\"", "7", "gr\ufffd")]
    public void What_a_replica_says_is_kept_as_far_as_it_is_text(string json, string code, string message) =>
        Assert.That(new Exchange.Answered(HttpStatusCode.BadRequest, "application/json", Encoding.Latin1.GetBytes($"{{{json}}}")).Fault(), Is.EqualTo((code, message)));

    [Test]
    public async Task A_full_disk_is_refused_in_Node_REDs_own_words()
    {
        Fake.Faults.OnDeploy(new Fault.Status(400, "EROFS", "read-only file system"));
        var refused = (DeployAnswer.Refused)await DeployAsync();
        Assert.That((refused.Status, refused.Code), Is.EqualTo((400, "EROFS")));
        Assert.That(refused.Reason, Does.Contain("read-only file system"));
    }

    [Test]
    public async Task Nothing_is_posted_to_a_replica_that_cannot_be_read()
    {
        await Fake.DieAsync();
        Assert.That(await DeployAsync(), Is.InstanceOf<DeployAnswer.Silent>().With.Property("Posted").False);
        await Fake.ReviveAsync();
        Fake.Faults.OnReadFlows(new Fault.BootNull());
        Assert.That(await DeployAsync(), Is.InstanceOf<DeployAnswer.Silent>().With.Property("Posted").False);
        Fake.Faults.OnReadFlows(new Fault.Html());
        Assert.That(await DeployAsync(), Is.InstanceOf<DeployAnswer.Refused>().With.Property("Status").Zero);
        Assert.That(Fake.Deploys, Is.Empty);
    }

    [Test]
    public async Task A_replica_that_dies_after_taking_a_deploy_is_silent()
    {
        Fake.Faults.OnDeploy(new Fault.CutAfter()).OnReadFlows(new Fault.Delay(TimeSpan.Zero)).OnReadFlows(new Fault.CutBefore(), times: 1000);
        Assert.That(await DeployAsync(), Is.InstanceOf<DeployAnswer.Silent>().With.Property("Posted").True);
        Assert.That(Fake.Revision, Is.EqualTo(After.Digest));
    }

    [Test]
    public async Task Credentials_survive_a_roll_back_when_they_are_posted_with_it()
    {
        Fake.DeployForeign("""[{"id":"c1","type":"mqtt-broker"}]""");
        var before = Nodes.Raw("""[{"id":"c1","type":"mqtt-broker"}]""");
        var client = Client();
        await client.DeployAndReadBackAsync(After, before.Digest, DeployType.Full, CredentialsMap.Empty);
        Assert.That(Fake.CredentialsOf, Is.Empty);
        await client.DeployAndReadBackAsync(before, After.Digest, DeployType.Full, Nodes.Secrets("c1"));
        Assert.That(Fake.Credential("c1", "password"), Is.EqualTo("s3cret"));
    }

    [Test]
    public async Task A_deploy_that_was_given_up_is_cut_off_and_cannot_arrive_later()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var http = AdminHandler.CreateClient();
        var url = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/admin/");
        var client = new AdminClient(http, new AdminEndpoint("deaf", url, null, Access.Anonymous), Impatient);
        // More than the two socket buffers hold, so that a part of it is still ours when the time is up.
        var large = RawFlows.FromBytes(new byte[32 << 20]);
        var deploying = client.DeployAsync(large, null, DeployType.Full, CredentialsMap.Empty);
        using var socket = await listener.AcceptSocketAsync();
        Assert.That(await deploying, Is.InstanceOf<DeployAnswer.Silent>());
        var end = Assert.CatchAsync<SocketException>(async () =>
        {
            var buffer = new byte[1 << 16];
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        });
        Assert.That(end?.SocketErrorCode, Is.EqualTo(SocketError.ConnectionReset));
    }
}
