using System.Text.Json;
using NUnit.Framework;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Service;

namespace Pipelines.StandTests.Promotions;

/// <summary>
/// Two engines on one database and one broker. The first is frozen (SIGSTOP) with a deploy half done, the second takes its work over and ends the promotion;
/// then the first wakes up (SIGCONT) and goes on where it was, with everything it needs to do harm: the replica holds again just what its deploy expects.
/// </summary>
internal sealed class FrozenEngineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string V1 = Version("v1");
    private static readonly string V2 = Version("v2");

    [Test]
    public async Task An_engine_that_slept_past_its_question_deploys_nothing_when_it_wakes()
    {
        await using var plant = await FakePlant.StartAsync();
        var promotion = await plant.PressAsync();
        await plant.ReplicaIsAsync(plant.First, promotion, "r0", "Soaking");
        // The look before the deploy: its answer will lie in the sleeper's socket.
        plant.Replicas[1].Faults.OnReadFlows(new Fault.Delay(TimeSpan.FromSeconds(1)));
        var looks = plant.LooksAt(1);
        await plant.ReplicaIsAsync(plant.First, promotion, "r1", "Deploying");
        await Until.TrueAsync("the engine to look at r1", () => plant.LooksAt(1) > looks ? null : $"{looks} looks", Patience);

        plant.FirstEngine.Pause();
        // Whoever asks r1 meanwhile is refused, so that the promotion ends without having changed it.
        plant.Replicas[1].Faults.OnDeploy(new Fault.Status(503), times: int.MaxValue);
        await plant.StartSecondAsync();
        await plant.WaitForAsync(plant.Second, promotion, "RolledBack");
        Assert.That(plant.Deploys(1), Is.Empty, "r1 was never touched, so it holds what the sleeper's deploy expects");

        plant.Replicas[1].Faults.Clear();
        plant.FirstEngine.Resume();

        // A promotion from beginning to end with both awake: whatever the sleeper had in hand was done with long before.
        var next = await plant.PressAsync();
        await plant.WaitForAsync(plant.First, next, "Succeeded");
        var expected = FakeNodeRed.AsNodeRedWrites(V2).Digest;
        Assert.That(plant.Deploys(1), Is.EqualTo(new[] { expected }), "one deploy, the second promotion's");
        Assert.That(plant.Deploys(0), Is.EqualTo(new[] { expected, FakeNodeRed.AsNodeRedWrites(V1).Digest, expected }));
    }

    private static string Version(string version) =>
        $$"""[{"id":"t1","type":"tab","label":"Plant"},{"id":"in","type":"http in","z":"t1","url":"/version","method":"get","x":1,"y":1,"wires":[["say"]]},{"id":"say","type":"template","z":"t1","template":"{{version}}","x":2,"y":1,"wires":[["out"]]},{"id":"out","type":"http response","z":"t1","x":3,"y":1,"wires":[]}]""";

    /// <summary>Two fake replicas, whose every deploy is on record, and service processes on RabbitMQ.</summary>
    private sealed class FakePlant : IAsyncDisposable
    {
        private readonly string _secret = PromoteButton.NewSecret();
        private readonly string _definitions = Directory.CreateTempSubdirectory("pipelines-definitions-").FullName;
        private ServiceOptions _options = null!;
        private ServiceProcess? _second;

        public FakeNodeRed Development { get; private set; } = null!;

        public List<FakeNodeRed> Replicas { get; } = [];

        public ServiceProcess FirstEngine { get; private set; } = null!;

        public PromotionClient First { get; private set; } = null!;

        public PromotionClient Second { get; private set; } = null!;

        public static async Task<FakePlant> StartAsync()
        {
            var stand = await StandOfTheRun.FreshAsync();
            var plant = new FakePlant { Development = await FakeNodeRed.StartAsync("dev", options => options.Flows = V2) };
            for (var i = 0; i < 2; i++)
            {
                plant.Replicas.Add(await FakeNodeRed.StartAsync($"r{i}", options => options.Flows = V1));
            }

            plant.WriteDefinitions();
            plant._options = new ServiceOptions(await stand.CreateDatabaseAsync("frozen"))
            {
                Definitions = plant._definitions,
                RabbitMq = stand.Broker.ConnectionUri,
                Environment = new Dictionary<string, string?> { ["Pipelines__Hooks__plant__Secrets__0"] = plant._secret, ["FAKE_TOKEN"] = "fake-token" },
            };
            plant.FirstEngine = await ServiceProcess.StartAsync(plant._options with { Name = "first" });
            plant.First = new PromotionClient(plant.FirstEngine);
            return plant;
        }

        public async Task StartSecondAsync()
        {
            _second = await ServiceProcess.StartAsync(_options with { Name = "second" });
            Second = new PromotionClient(_second);
        }

        public async Task<Uri> PressAsync()
        {
            var location = await First.PressAsync(new PromoteButton(FirstEngine.Url, "plant", _secret));
            return new Uri(location.IsAbsoluteUri ? location.AbsolutePath : location.OriginalString, UriKind.Relative);
        }

        public int LooksAt(int replica) => Replicas[replica].Requests.Count(request => request is { Method: "GET", Path: "/admin/flows" });

        public IEnumerable<Digest> Deploys(int replica) => Replicas[replica].Deploys.Select(deploy => deploy.Revision);

        public Task ReplicaIsAsync(PromotionClient client, Uri promotion, string replica, string state) =>
            Until.TrueAsync(
                $"{replica} to be {state}",
                async token => await client.GetAsync(promotion, token) is var seen && seen.GetProperty("replicas").EnumerateArray().Any(x =>
                    x.GetProperty("replica").GetString() == replica && x.GetProperty("state").GetString() == state) ? null : seen.GetRawText(),
                Patience);

        public async Task<JsonElement> WaitForAsync(PromotionClient client, Uri promotion, string state)
        {
            try
            {
                return await client.WaitForAsync(promotion, Patience, CancellationToken.None, state);
            }
            catch (TimeoutException e)
            {
                throw new TimeoutException($"{e.Message}\nfirst: {FirstEngine.LogTail()}\nsecond: {_second?.LogTail()}", e);
            }
        }

        public async ValueTask DisposeAsync()
        {
            FirstEngine?.Resume();
            First?.Dispose();
            Second?.Dispose();
            foreach (var engine in new[] { FirstEngine, _second }.OfType<ServiceProcess>())
            {
                await engine.DisposeAsync();
            }

            foreach (var instance in Replicas.Append(Development))
            {
                await instance.DisposeAsync();
            }

            Directory.Delete(_definitions, recursive: true);
        }

        private void WriteDefinitions()
        {
            var replicas = string.Join(", ", Replicas.Select(replica => $"{replica.Name}: {{ admin: {replica.AdminUrl}, flows: {replica.FlowsUrl} }}"));
            File.WriteAllText(
                Path.Combine(_definitions, "instances.yaml"),
                $$"""
                instances:
                  dev: { admin: {{Development.AdminUrl}}, access: { token: "${env:FAKE_TOKEN}" } }
                  production: { access: { token: "${env:FAKE_TOKEN}" }, replicas: { {{replicas}} } }

                """);
            File.WriteAllText(
                Path.Combine(_definitions, "plant.pipeline.yaml"),
                """
                name: plant
                stages:
                  - snapshot: { from: dev }
                  - validate:
                  - rollout: { to: production, soak: 3s, retries: { attempts: 2, firstDelay: 100ms, maxDelay: 100ms }, verification: { startTimeout: 5s }, deadlines: { answer: 15s, wave: 3m, stage: 10m } }

                """);
        }
    }
}
