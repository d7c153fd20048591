using Pipelines.Testing;
using Pipelines.Testing.Stand.Network;

namespace Pipelines.StandTests.Fire.RandomFaults;

/// <summary>A target of fake replicas, each behind a connection that can be cut, and the development instance that is promoted from.</summary>
internal sealed class FaultTarget : IAsyncDisposable
{
    private const string Limp = "lame";
    private readonly List<(FakeNodeRed Fake, TcpProxy Line)> _replicas = [];

    private FaultTarget(string name, FakeNodeRed development) => (Name, Development) = (name, development);

    public string Name { get; }

    public FakeNodeRed Development { get; }

    public IReadOnlyList<(FakeNodeRed Fake, TcpProxy Line)> Replicas => _replicas;

    public string Instances =>
        $$"""
          dev-{{Name}}: { admin: {{Development.AdminUrl}}, {{Common}} }
          t-{{Name}}: { {{Common}}, replicas: { {{string.Join(", ", _replicas.Select(x => $"{x.Fake.Name}: {{ admin: {x.Line.Through(x.Fake.AdminUrl)}, flows: {x.Line.Through(x.Fake.FlowsUrl)} }}"))}} } }

        """;

    private static string Common => """access: { token: "${env:FAKE_TOKEN}" }, timeouts: { connect: 500ms, request: 1s, deploy: 2s }""";

    public static async Task<FaultTarget> StartAsync(string name, int replicas)
    {
        var target = new FaultTarget(name, await FakeNodeRed.StartAsync($"dev-{name}", options => options.Flows = Version(0, lame: false)));
        for (var i = 0; i < replicas; i++)
        {
            var last = i == replicas - 1;
            var fake = await FakeNodeRed.StartAsync($"{name}{i}", options =>
            {
                options.Flows = Version(0, lame: false);
                options.NeverRuns = flows => last && flows.Nodes.Any(node => node.Text("template")?.Contains(Limp, StringComparison.Ordinal) == true);
            });
            target._replicas.Add((fake, TcpProxy.To(fake.AdminUrl)));
        }

        return target;
    }

    /// <summary>The author deploys something new.</summary>
    public void Write(int version, bool lame) => Development.DeployForeign(Version(version, lame));

    public async ValueTask DisposeAsync()
    {
        foreach (var (fake, line) in _replicas)
        {
            await line.DisposeAsync();
            await fake.DisposeAsync();
        }

        await Development.DisposeAsync();
    }

    private static string Version(int version, bool lame) =>
        $$"""[{"id":"t1","type":"tab","label":"Plant"},{"id":"in","type":"http in","z":"t1","url":"/version","method":"get","x":1,"y":1,"wires":[["say"]]},{"id":"say","type":"template","z":"t1","template":"{{version}}{{(lame ? $" {Limp}" : "")}}","x":2,"y":1,"wires":[["out"]]},{"id":"out","type":"http response","z":"t1","x":3,"y":1,"wires":[]}]""";
}
