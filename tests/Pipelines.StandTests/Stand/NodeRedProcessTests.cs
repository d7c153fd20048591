using System.Net;
using System.Net.Http.Json;
using NUnit.Framework;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Flows;
using Pipelines.Testing.Stand.NodeRed;

namespace Pipelines.StandTests.Stand;

public sealed class NodeRedProcessTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Every_replica_runs_the_baseline_and_answers_with_its_own_name()
    {
        var stand = await StandOfTheRun.FreshAsync();

        var answers = await stand.Production.AskAllAsync("/version");

        Assert.That(answers.Select(answer => answer.Body), Is.EqualTo(new[] { """{"version":"1","replica":"production-a"}""", """{"version":"1","replica":"production-b"}""" }));
        Assert.That((await stand.Production.RevisionsAsync()).Append(await stand.Development.Admin.RevisionAsync()).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task Only_the_development_instance_has_an_editor()
    {
        var stand = await StandOfTheRun.FreshAsync();
        using var http = new HttpClient();

        using var development = await http.GetAsync(stand.Development.AdminUrl);
        using var replica = await http.GetAsync(stand.Production[0].AdminUrl);

        Assert.That((development.StatusCode, replica.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.NotFound)));
    }

    [Test]
    public async Task The_admin_api_wants_the_token_or_a_user()
    {
        var stand = await StandOfTheRun.FreshAsync();
        await using var instance = await stand.StartNodeRedAsync(new NodeRedOptions("locked") { AdminRoot = "/", User = "eve", Password = "right" });
        using var http = new HttpClient();

        using var nobody = await http.GetAsync(new Uri(instance.AdminUrl, "flows"));
        using var wrong = await LoginAsync("wrong");
        using var right = await LoginAsync("right");

        Assert.That(nobody.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(right.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        async Task<HttpResponseMessage> LoginAsync(string password)
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["client_id"] = "node-red-admin",
                ["grant_type"] = "password",
                ["scope"] = "*",
                ["username"] = "eve",
                ["password"] = password,
            });
            return await http.PostAsync(new Uri(instance.AdminUrl, "auth/token"), form);
        }
    }

    [Test]
    public async Task The_second_version_refuses_what_the_first_leaves_hanging()
    {
        var stand = await StandOfTheRun.FreshAsync();
        var replica = stand.Production[0];
        await replica.Admin.DeployAsync(SampleFlows.GatewayV2);
        using var http = new HttpClient();

        await VersionAsync(replica, "2");
        using var known = await http.PostAsJsonAsync(new Uri(replica.FlowsUrl, "dimmable/act1"), new { intensity = 40 });
        using var unknown = await http.PostAsJsonAsync(new Uri(replica.FlowsUrl, "dimmable/nobody"), new { intensity = 40 });
        using var absurd = await http.PostAsJsonAsync(new Uri(replica.FlowsUrl, "dimmable/act1"), new { intensity = 400 });

        Assert.That((known.StatusCode, unknown.StatusCode, absurd.StatusCode), Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.BadRequest)));
    }

    [Test]
    public async Task Flows_that_crash_their_runtime_crash_every_life_of_it()
    {
        var stand = await StandOfTheRun.FreshAsync();
        var replica = stand.Production[1];

        await replica.Admin.DeployAsync(SampleFlows.GatewayBrokenAtRunTime);
        await VersionAsync(replica, "3");
        var before = replica.RestartCount;

        await Until.TrueAsync("a second restart", () => replica.RestartCount >= before + 2 ? null : $"{replica.RestartCount - before} restarts", Soon, replica.Explain);
        Assert.That(replica.LogTail(200), Does.Contain("the serial port went away"));

        await stand.ResetAsync();
        await VersionAsync(replica, "1");
    }

    [Test]
    public async Task Who_has_no_supervisor_stays_dead()
    {
        var stand = await StandOfTheRun.FreshAsync();
        await using var alone = await stand.StartNodeRedAsync(new NodeRedOptions("alone") { Flows = SampleFlows.GatewayBrokenAtRunTime });

        Assert.That(await alone.Exited.WaitAsync(Soon), Is.EqualTo(1));
        Assert.That(alone.IsRunning, Is.False);
    }

    [Test]
    public async Task A_killed_replica_comes_back_by_its_supervisor_with_its_flows_and_port()
    {
        var stand = await StandOfTheRun.FreshAsync();
        var replica = stand.Production[0];
        var (bytes, restarts, life) = (replica.FlowFileBytes(), replica.RestartCount, replica.ProcessId);

        await replica.KillAsync();
        await Until.TrueAsync("another life", () => replica.ProcessId is { } id && id != life ? null : $"process {replica.ProcessId}", Soon);
        await RunningAsync(replica);

        Assert.That(replica.RestartCount, Is.EqualTo(restarts + 1));
        Assert.That(replica.FlowFileBytes(), Is.EqualTo(bytes));
    }

    [Test]
    public async Task A_stopped_replica_stays_down_until_it_is_started_again()
    {
        var stand = await StandOfTheRun.FreshAsync();
        var replica = stand.Production[0];
        var restarts = replica.RestartCount;

        await replica.StopAsync();
        Assert.That(async () => await replica.Admin.AskAsync("/version"), Throws.InstanceOf<HttpRequestException>());

        await replica.StartAgainAsync();
        await RunningAsync(replica);
        Assert.That(replica.RestartCount, Is.EqualTo(restarts));
    }

    [Test]
    public async Task A_frozen_replica_accepts_connections_and_answers_when_it_wakes()
    {
        var stand = await StandOfTheRun.FreshAsync();
        var replica = stand.Production[0];

        replica.Pause();
        var answer = replica.Admin.AskAsync("/version");
        Assert.That(async () => await answer.WaitAsync(TimeSpan.FromMilliseconds(500)), Throws.InstanceOf<TimeoutException>());
        replica.Resume();

        Assert.That((await answer).Status, Is.EqualTo(200));
    }

    [TestCase(50)]
    [TestCase(500)]
    [TestCase(5000)]
    public async Task Synthetic_flows_have_the_asked_size_and_run(int nodes)
    {
        var stand = await StandOfTheRun.FreshAsync();
        await using var instance = await stand.StartNodeRedAsync(new NodeRedOptions("synthetic") { MaxOldSpace = 512, ApiMaxLength = "20mb" });

        await instance.Admin.DeployAsync(SyntheticFlows.FlowsOf(nodes, "seven"));

        Assert.That((await instance.Admin.FlowsAsync())?.Flows, Has.Count.EqualTo(nodes));
        await Until.TrueAsync(
            "the version",
            async token => await instance.Admin.AskAsync("/version", token) is { Status: 200, Body: var body } && body == $$"""{"version":"seven","replica":"synthetic","nodes":{{nodes}}}""" ? null : "another",
            Soon,
            instance.Explain);
    }

    // The editor's API is there before the flows run.
    private static Task RunningAsync(NodeRedProcess replica) => Until.TrueAsync(
        "its flows to run",
        async token => await replica.Admin.AskAsync("/version", token) is { Status: not 200 } answer ? $"{answer.Status}" : null,
        Soon,
        replica.Explain);

    // A deploy answers before the flows run.
    private static Task VersionAsync(NodeRedProcess replica, string version) => Until.TrueAsync(
        $"version {version}",
        async token => (await replica.Admin.AskAsync("/version", token)).Body is var body && body.Contains($"\"{version}\"", StringComparison.Ordinal) ? null : body,
        Soon,
        replica.Explain);
}
