using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed;

/// <summary>
/// What the engine relies on, asked of anything that claims to be a Node-RED. The fake sits it here, the real one on the stand: a test
/// that passes for one only says that the fake lies.
/// </summary>
[NonParallelizable]
public abstract class NodeRedExam
{
    private const string Smoke = """
        [{"id":"t1","type":"tab","label":"Smoke","disabled":false,"info":""},
         {"id":"in1","type":"http in","z":"t1","name":"","url":"/smoke","method":"get","upload":false,"swaggerDoc":"","x":100,"y":100,"wires":[["ch1"]]},
         {"id":"ch1","type":"change","z":"t1","name":"","rules":[{"t":"set","p":"payload","pt":"msg","to":"VERSION","tot":"str"}],"action":"","property":"","from":"","to":"","reg":false,"x":200,"y":100,"wires":[["out1"]]},
         {"id":"out1","type":"http response","z":"t1","name":"","statusCode":"","headers":{},"x":300,"y":100,"wires":[]}]
        """;

    private const string Broker = """{"id":"c1","type":"mqtt-broker","name":"","broker":"127.0.0.1","port":"1","clientid":"","autoConnect":false,"usetls":false,"protocolVersion":"4","keepalive":"60","cleansession":true}""";

    private readonly HttpClient _http = AdminHandler.CreateClient();
    private INodeRedUnderTest _nodeRed = null!;
    private AdminClient _client = null!;

    [OneTimeSetUp]
    public async Task TakeASeat()
    {
        _nodeRed = await StartAsync();
        _client = new AdminClient(_http, _nodeRed.Endpoint);
    }

    [OneTimeTearDown]
    public async Task LeaveTheRoom()
    {
        await _nodeRed.DisposeAsync();
        _http.Dispose();
    }

    [Test]
    public async Task A_deploy_is_answered_with_the_digest_of_the_flows_and_read_back_byte_for_byte()
    {
        var took = await DeployAsync(Smoke);
        var read = await ReadAsync();
        Assert.That(read.Digest, Is.EqualTo(took));
        Assert.That(await DeployRawAsync(read, expected: took), Is.EqualTo(new DeployAnswer.Took(took)));
        Assert.That((await ReadAsync()).Bytes.ToArray(), Is.EqualTo(read.Bytes.ToArray()));
    }

    [Test]
    public async Task A_deploy_that_is_held_back_at_its_last_byte_changes_nothing_however_often()
    {
        var before = await DeployAsync(Broker.Insert(0, "[") + "]");
        for (var i = 0; i < 5; i++)
        {
            var answer = await _client.DeployAsync(Raw(Smoke), before, DeployType.Full, CredentialsMap.Empty, _ => ValueTask.FromResult(false));
            Assert.That(answer, Is.InstanceOf<DeployAnswer.Silent>().With.Property("Posted").False);
        }

        // What comes next finds the revision it expects: nothing of the others waits in the replica.
        Assert.That((await ReadAsync()).Digest, Is.EqualTo(before));
        Assert.That(await DeployRawAsync(await ReadAsync(), expected: before), Is.EqualTo(new DeployAnswer.Took(before)));
    }

    [Test]
    public async Task Whitespace_does_not_change_a_revision_and_the_order_of_nodes_does()
    {
        var plain = await DeployAsync("""[{"id":"a","type":"tab","label":"A"},{"id":"b","type":"tab","label":"B \u00e9\u2028<>&'","n":1.50}]""");
        Assert.That(await DeployAsync("""[ {"id":"a", "type":"tab","label":"\u0041"}, {"id":"b","type":"tab","label":"B é\u2028<>&'","n":15e-1} ]"""), Is.EqualTo(plain));
        Assert.That(await DeployAsync("""[{"id":"b","type":"tab","label":"B é\u2028<>&'","n":1.5},{"id":"a","type":"tab","label":"A"}]"""), Is.Not.EqualTo(plain));
    }

    [Test]
    public async Task A_deploy_over_another_revision_is_refused_with_409_and_changes_nothing()
    {
        var before = await DeployAsync(Smoke);
        var answer = await DeployRawAsync(Raw("[]"), expected: Digest.Of("something else"u8));
        Assert.That(answer, Is.InstanceOf<DeployAnswer.Foreign>());
        Assert.That((await ReadAsync()).Digest, Is.EqualTo(before));
    }

    [Test]
    public async Task An_unknown_type_is_taken_with_200_and_nothing_runs_although_the_state_says_start()
    {
        await DeployAsync(Smoke[..^1].TrimEnd(']', '\n') + """,{"id":"n1","type":"no-such-node","z":"t1","d":true,"x":1,"y":1,"wires":[]}]""");
        Assert.That(await _client.ReadStateAsync(), Is.EqualTo(new Reading<FlowState>.Read(FlowState.Start)));
        Assert.That((await ProbeAsync("in1", "ch1", "out1", "n1")).Active, Is.Empty);
        Assert.That((await GetAsync("smoke")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_missing_subflow_definition_keeps_everything_from_running()
    {
        await DeployAsync(Smoke[..^1].TrimEnd(']', '\n') + """,{"id":"n1","type":"subflow:gone","z":"t1","x":1,"y":1,"wires":[]}]""");
        Assert.That((await ProbeAsync("in1", "out1")).Active, Is.Empty);
    }

    [Test]
    public async Task Running_nodes_are_active_and_answer_with_what_was_deployed()
    {
        await DeployAsync(Smoke.Replace("VERSION", "one", StringComparison.Ordinal));
        await RunsAsync("in1");
        Assert.That((await GetAsync("smoke")).Body, Is.EqualTo("one"));
        await DeployAsync(Smoke.Replace("VERSION", "two", StringComparison.Ordinal));
        await RunsAsync("in1");
        Assert.That((await GetAsync("smoke")).Body, Is.EqualTo("two"));
    }

    [Test]
    public async Task What_a_flow_set_calls_running_is_what_is_active()
    {
        const string flows = """
            [{"id":"t1","type":"tab","label":"on"},
             {"id":"t2","type":"tab","label":"off","disabled":true},
             {"id":"s1","type":"subflow","name":"def","in":[],"out":[],"env":[]},
             {"id":"g1","type":"group","z":"t1","name":"","nodes":["a"],"x":1,"y":1,"w":1,"h":1},
             {"id":"a","type":"comment","z":"t1","name":"","info":"","x":1,"y":1,"wires":[]},
             {"id":"b","type":"debug","z":"t1","d":true,"x":1,"y":1,"wires":[]},
             {"id":"c","type":"debug","z":"t2","x":1,"y":1,"wires":[]},
             {"id":"e","type":"junction","z":"t1","x":1,"y":1,"wires":[["f"]]},
             {"id":"f","type":"debug","z":"s1","x":1,"y":1,"wires":[]},
             {"id":"g","type":"subflow:s1","z":"t1","name":"","x":1,"y":1,"wires":[]},
             {"id":"h","type":"debug","z":"nowhere","x":1,"y":1,"wires":[]},
             {"id":"i","type":"debug","z":"","x":1,"y":1,"wires":[]},
             {"id":"j","type":"websocket-listener","path":"/ws1","wholemsg":"false"},
             {"id":"k","type":"websocket-listener","d":true,"path":"/ws2","wholemsg":"false"},
             {"id":"l","type":"websocket-listener","z":"t2","path":"/ws3","wholemsg":"false"},
             {"id":"m","type":"websocket-listener","z":"s1","path":"/ws4","wholemsg":"false"},
             {"id":"n","type":"global-config","env":[]},
             {"id":"o","type":"link in","z":"t1","links":[],"x":1,"y":1,"wires":[[]]},
             {"id":"p","type":"debug","z":"t1","x":1,"y":1,"wires":[]}]
            """;
        await DeployAsync(flows);
        await RunsAsync("p");
        var set = ((FlowSetAnswer.Read)FlowSet.Parse(Raw(flows))).Flows;
        var outcome = await ProbeAsync([.. set.Nodes.Select(node => node.Id)]);
        Assert.That(outcome.Active, Is.EquivalentTo(set.Running.Select(node => node.Id)));
        Assert.That(ProbeSample.Of(set).Ids, Is.SubsetOf(outcome.Active));
    }

    [Test]
    public async Task Flows_of_every_deploy_type_run()
    {
        foreach (var type in Enum.GetValues<DeployType>())
        {
            var text = Smoke.Replace("VERSION", type.ToString(), StringComparison.Ordinal);
            var answer = await _client.DeployAndReadBackAsync(Raw(text), null, type, CredentialsMap.Empty);
            Assert.That(answer, Is.InstanceOf<DeployAnswer.Took>());
            await RunsAsync("in1");
            await UntilAsync(async () => (await GetAsync("smoke")).Body == type.ToString(), $"the new flows do not answer after a deploy of type {type}");
        }
    }

    [Test]
    public async Task Credentials_do_not_change_the_revision_and_are_not_given_out()
    {
        var without = await DeployAsync($"[{Broker}]");
        var secrets = new CredentialsMap([KeyValuePair.Create("c1", (IReadOnlyDictionary<string, string>)new Dictionary<string, string>(StringComparer.Ordinal) { ["user"] = "alice", ["password"] = "s3cret" })]);
        var answer = await _client.DeployAsync(Raw($"[{Broker}]"), without, DeployType.Full, secrets);
        Assert.That(answer, Is.EqualTo(new DeployAnswer.Took(without)));
        Assert.That(Encoding.UTF8.GetString((await ReadAsync()).Bytes.Span), Does.Not.Contain("s3cret").And.Not.Contain("alice"));
    }

    [Test]
    public async Task Credentials_stay_with_their_node_and_are_gone_with_it()
    {
        await DeployAsync($"[{Broker}]");
        var secrets = new CredentialsMap([KeyValuePair.Create("c1", (IReadOnlyDictionary<string, string>)new Dictionary<string, string>(StringComparer.Ordinal) { ["user"] = "alice", ["password"] = "s3cret" })]);
        await _client.DeployAsync(Raw($"[{Broker}]"), null, DeployType.Full, secrets);
        Assert.That(await _nodeRed.SecretAsync("c1", "password"), Is.EqualTo("s3cret"));
        await DeployAsync($$"""[{{Broker}},{"id":"t1","type":"tab","label":"one more"}]""");
        Assert.That(await _nodeRed.SecretAsync("c1", "password"), Is.EqualTo("s3cret"), "a deploy without credentials took them away");
        await _client.DeployAsync(Raw($"[{Broker}]"), null, DeployType.Full, secrets);
        Assert.That(await _nodeRed.SecretAsync("c1", "password"), Is.EqualTo("s3cret"), "the same credentials again spoilt the file");
        await DeployAsync("[]");
        await DeployAsync($"[{Broker}]");
        Assert.That(await _nodeRed.SecretAsync("c1", "password"), Is.Null, "they came back with the node");
    }

    [Test]
    public async Task A_body_over_the_limit_is_refused_with_413()
    {
        var before = await DeployAsync(Smoke);
        var answer = await DeployRawAsync(Raw($$"""[{"id":"t1","type":"tab","label":"{{new string('x', (int)_nodeRed.ApiMaxLength)}}"}]"""), before);
        // The connection may be cut while the body is still under way; then no answer arrives, and nothing happened either.
        Assert.That(answer, Is.InstanceOf<DeployAnswer.Refused>().With.Property("Status").EqualTo(413).Or.InstanceOf<DeployAnswer.Silent>());
        Assert.That((await ReadAsync()).Digest, Is.EqualTo(before));
    }

    [Test]
    public async Task The_largest_body_that_is_allowed_is_taken()
    {
        const string frame = """[{"id":"t1","type":"tab","label":""}]""";
        var room = _nodeRed.ApiMaxLength - BodyLength(Raw(frame));
        var largest = Raw(frame.Replace("\"\"", $"\"{new string('x', (int)room)}\"", StringComparison.Ordinal));
        Assert.That(BodyLength(largest), Is.EqualTo(_nodeRed.ApiMaxLength));
        Assert.That(await DeployRawAsync(largest, null), Is.EqualTo(new DeployAnswer.Took(largest.Digest)));
        Assert.That(await DeployRawAsync(Raw(frame.Replace("\"\"", $"\"{new string('x', (int)room + 1)}\"", StringComparison.Ordinal)), null), Is.InstanceOf<DeployAnswer.Refused>());
    }

    [Test]
    public async Task A_wrong_token_is_refused_with_a_sentence_that_names_the_cure()
    {
        var stranger = new AdminClient(_http, _nodeRed.Endpoint with { Access = new Access.Bearer("wrong") });
        Assert.That((await stranger.ReadFlowsAsync()).Trouble, Does.Contain("401").And.Contain("access.token"));
        Assert.That(await stranger.DeployAsync(Raw("[]"), null, DeployType.Full, CredentialsMap.Empty), Is.InstanceOf<DeployAnswer.Refused>().With.Property("Status").EqualTo(401));
    }

    [Test]
    public async Task A_wrong_admin_root_is_refused_with_a_sentence_that_names_the_cure()
    {
        var lost = new AdminClient(_http, _nodeRed.Endpoint with { AdminUrl = new Uri(_nodeRed.Endpoint.AdminUrl, "/nowhere/") });
        Assert.That((await lost.ReadFlowsAsync()).Trouble, Does.Contain("404").And.Contain("admin URL"));
    }

    [Test]
    public async Task Facts_are_gathered_whole()
    {
        await DeployAsync(Smoke);
        var facts = await _client.GatherAsync();
        Assert.Multiple(() =>
        {
            Assert.That(facts.Troubles, Is.Empty);
            Assert.That(facts.Version, Does.Match(@"^\d+\.\d+\.\d+"));
            Assert.That(facts.State, Is.EqualTo(FlowState.Start));
            Assert.That(facts.ApiMaxLength, Is.EqualTo(_nodeRed.ApiMaxLength));
            Assert.That(facts.PresentFlows!.Nodes, Has.Count.EqualTo(4));
            Assert.That(facts.NodeSets!.Where(set => set.Usable).SelectMany(set => set.Types), Is.SupersetOf(new[] { "http in", "change", "http response", "mqtt-broker", "function" }));
        });
    }

    [Test]
    public async Task Errors_are_json_with_a_code()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_nodeRed.Endpoint.AdminUrl, "flows"));
        request.Headers.Add("Authorization", $"Bearer {((Access.Bearer)_nodeRed.Endpoint.Access).Token}");
        request.Headers.Add("Node-RED-API-Version", "v2");
        request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.That((int)response.StatusCode, Is.EqualTo(400));
        Assert.That(body.RootElement.GetProperty("code").GetString(), Is.EqualTo("unexpected_error"));
    }

    [Test]
    public async Task Two_deployers_of_one_revision_are_told_apart()
    {
        var before = await DeployAsync("[]");
        var answers = await Task.WhenAll(
            DeployRawAsync(Raw(Smoke.Replace("VERSION", "a", StringComparison.Ordinal)), before),
            DeployRawAsync(Raw(Smoke.Replace("VERSION", "b", StringComparison.Ordinal)), before));
        Assert.That(answers.Count(answer => answer is DeployAnswer.Took), Is.EqualTo(1));
        Assert.That(answers.Count(answer => answer is DeployAnswer.Foreign), Is.EqualTo(1));
    }

    /// <summary>Starts one with nothing in it.</summary>
    protected abstract Task<INodeRedUnderTest> StartAsync();

    // What Node-RED would give out: without the whitespace of the texts above.
    private static RawFlows Raw(string flows) => FakeNodeRed.AsNodeRedWrites(flows);

    private static long BodyLength(RawFlows flows) => "{\"flows\":}".Length + flows.Bytes.Length;

    private async Task<Digest> DeployAsync(string flows)
    {
        var answer = await DeployRawAsync(RawFlows.FromBytes(Encoding.UTF8.GetBytes(flows)), null);
        Assert.That(answer, Is.InstanceOf<DeployAnswer.Took>());
        return ((DeployAnswer.Took)answer).Revision;
    }

    private Task<DeployAnswer> DeployRawAsync(RawFlows flows, Digest? expected) => _client.DeployAsync(flows, expected, DeployType.Full, CredentialsMap.Empty);

    private async Task<RawFlows> ReadAsync()
    {
        var reading = await _client.ReadFlowsAsync();
        Assert.That(reading.Trouble, Is.Null);
        return ((Reading<RawFlows>.Read)reading).Value;
    }

    private async Task<ProbeOutcome> ProbeAsync(params string[] ids)
    {
        var reading = await _client.ProbeAsync(ids);
        Assert.That(reading.Trouble, Is.Null);
        return ((Reading<ProbeOutcome>.Read)reading).Value;
    }

    private Task RunsAsync(string id) => UntilAsync(async () => (await ProbeAsync(id)).Active.Count == 1, $"{id} never ran");

    // A request that is under way while its nodes are replaced is never answered, so each one has a time-out.
    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            using var response = await _http.GetAsync(new Uri(_nodeRed.Endpoint.FlowsUrl!, path), patience.Token);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(patience.Token));
        }
        catch (OperationCanceledException)
        {
            return (HttpStatusCode.RequestTimeout, "");
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            Assert.That(patience.IsCancellationRequested, Is.False, otherwise);
            await Task.Delay(10);
        }
    }
}
