using System.Text;
using Pipelines.Testing;

namespace Pipelines.Benchmarks.Load;

/// <summary>Targets of fake replicas that answer at once, and two development instances with different flows, so that every promotion in turn really changes its target.</summary>
internal sealed class FakeTargets : IAsyncDisposable
{
    private readonly List<FakeNodeRed> _instances = [];

    private FakeTargets(IReadOnlyList<string> pipelines) => Pipelines = pipelines;

    /// <summary>Those that share a target stand beside each other: 0a, 0b, 1a, 1b, …</summary>
    public IReadOnlyList<string> Pipelines { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("pipelines-bench-").FullName;

    public IReadOnlyList<FakeNodeRed> Instances => _instances;

    /// <param name="more">What else each pipeline's file says.</param>
    public static async Task<FakeTargets> StartAsync(int targets, int replicas, string rollout = "soak: 0s", string more = "")
    {
        var names = Enumerable.Range(0, targets).SelectMany(target => new[] { $"p{target}a", $"p{target}b" }).ToList();
        var plant = new FakeTargets(names);
        var instances = new StringBuilder("instances:\n");
        foreach (var version in new[] { "a", "b" })
        {
            var development = await plant.AddAsync($"dev-{version}", version);
            instances.AppendLine($"  {development.Name}: {{ admin: {development.AdminUrl}, access: {{ token: \"${{env:FAKE_TOKEN}}\" }} }}");
        }

        for (var target = 0; target < targets; target++)
        {
            instances.AppendLine($"  t{target}:\n    access: {{ token: \"${{env:FAKE_TOKEN}}\" }}\n    replicas:");
            foreach (var replica in await Task.WhenAll(Enumerable.Range(0, replicas).Select(i => plant.AddAsync($"r{target}-{i}", "before"))))
            {
                instances.AppendLine($"      {replica.Name}: {{ admin: {replica.AdminUrl}, flows: {replica.FlowsUrl} }}");
            }

            foreach (var version in new[] { "a", "b" })
            {
                await File.WriteAllTextAsync(
                    Path.Combine(plant.Folder, $"p{target}{version}.pipeline.yaml"),
                    $"name: p{target}{version}\n{more}stages:\n  - snapshot: {{ from: dev-{version} }}\n  - validate:\n  - rollout: {{ to: t{target}, {rollout} }}\n");
            }
        }

        await File.WriteAllTextAsync(Path.Combine(plant.Folder, "instances.yaml"), instances.ToString());
        return plant;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private async Task<FakeNodeRed> AddAsync(string name, string version)
    {
        var instance = await FakeNodeRed.StartAsync(name, options => options.Flows = Flows(version));
        lock (_instances)
        {
            _instances.Add(instance);
        }

        return instance;
    }

    private static string Flows(string version) =>
        $$"""[{"id":"t1","type":"tab","label":"Plant"},{"id":"in","type":"http in","z":"t1","url":"/version","method":"get","x":1,"y":1,"wires":[["say"]]},{"id":"say","type":"template","z":"t1","template":"{{version}}","x":2,"y":1,"wires":[["out"]]},{"id":"out","type":"http response","z":"t1","x":3,"y":1,"wires":[]}]""";
}
