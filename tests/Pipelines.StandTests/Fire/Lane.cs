using Pipelines.NodeRed.Flows;
using Pipelines.StandTests.Fire.Auditing;
using Pipelines.Testing;

namespace Pipelines.StandTests.Fire;

/// <summary>Which way a promotion goes.</summary>
internal enum Way
{
    /// <summary>Both replicas take the snapshot.</summary>
    Forth,

    /// <summary>The second replica takes it and does not run it, so both go back.</summary>
    Back,

    /// <summary>The second takes it and does not run it, and it stands there until people decide; the third is not touched.</summary>
    Hold,
}

/// <summary>A pipeline with a development instance and a target of two or three fake replicas of its own, which keep record of every deploy.</summary>
internal sealed class Lane : IAsyncDisposable
{
    private static readonly Digest Base = FakeNodeRed.AsNodeRedWrites(Version(0)).Digest;
    private readonly FakeNodeRed _development;
    private readonly FakeNodeRed[] _replicas;
    private int[] _deploysBefore = [];
    private Digest _before = Base;
    private Digest _snapshot = Base;
    private int _version;

    private Lane(string name, Way way, FakeNodeRed development, FakeNodeRed[] replicas) => (Name, Way, _development, _replicas) = (name, way, development, replicas);

    public string Name { get; }

    public Way Way { get; }

    /// <summary>The id of the last press.</summary>
    public string Key { get; private set; } = "";

    /// <summary>What the last press started.</summary>
    public Guid Promotion { get; set; }

    public string Instances =>
        $$"""
          dev-{{Name}}: { admin: {{_development.AdminUrl}}, access: { token: "${env:FAKE_TOKEN}" } }
          t-{{Name}}: { access: { token: "${env:FAKE_TOKEN}" }, replicas: { {{string.Join(", ", _replicas.Select(x => $"{x.Name}: {{ admin: {x.AdminUrl}, flows: {x.FlowsUrl} }}"))}} } }

        """;

    public string Pipeline =>
        $$"""
        name: {{Name}}
        stages:
          - snapshot: { from: dev-{{Name}}, retries: { attempts: 5, firstDelay: 20ms, maxDelay: 50ms } }
          - validate:
          - rollout: { to: t-{{Name}}, soak: { duration: 60ms, interval: 30ms }, retries: { attempts: 5, firstDelay: 20ms, maxDelay: 50ms }, restoreRetries: { attempts: 5, firstDelay: 20ms, maxDelay: 50ms }, verification: { startTimeout: 500ms }, onFailure: {{(Way == Way.Hold ? "hold" : "restore")}}, deadlines: { answer: 60s, wave: 5m, stage: 10m } }

        """;

    public static async Task<Lane> StartAsync(string name, Way way) =>
        new(
            name,
            way,
            await FakeNodeRed.StartAsync($"dev-{name}", options => options.Flows = Version(0)),
            [await ReplicaAsync("r0", lame: false), await ReplicaAsync("r1", lame: way != Way.Forth), .. way == Way.Hold ? [await ReplicaAsync("r2", lame: false)] : Array.Empty<FakeNodeRed>()]);

    /// <summary>The author deploys something new, for the button to be pressed.</summary>
    public void Begin()
    {
        Key = $"msg_{Guid.NewGuid():N}";
        _before = _replicas[0].Revision;
        var flows = Version(++_version);
        _snapshot = FakeNodeRed.AsNodeRedWrites(flows).Digest;
        _development.DeployForeign(flows);
        // It is still booting when it is looked at first, so that every walk has a pause and its timer.
        _development.Faults.Clear();
        _development.Faults.OnReadFlows(new Fault.BootNull());
        _deploysBefore = [.. _replicas.Select(replica => replica.Deploys.Count)];
    }

    /// <summary>What the replicas have on record, for the auditor.</summary>
    public IEnumerable<ReplicaRecord> Records() => _replicas.Select(replica => ReplicaRecord.Of($"t-{Name}", replica));

    /// <summary>What was deployed on each replica since, in order, as a person reads it.</summary>
    public string Effects() => string.Join("; ", _replicas.Select((replica, i) => $"{replica.Name}: {Named(replica.Deploys.Skip(_deploysBefore[i]).Select(deploy => deploy.Revision))}"));

    /// <summary>What it should be: each effect once, and nothing else.</summary>
    public string EffectsDue() => Way == Way.Forth ? "r0: new; r1: new" : "r0: new, old; r1: new, old";

    public string StateDue() => Way == Way.Forth ? "Succeeded" : "RolledBack";

    /// <summary>What the replicas hold now.</summary>
    public string Runs() => Named(_replicas.Select(replica => replica.Revision));

    public string RunsDue() => Way == Way.Forth ? "new, new" : "old, old";

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _replicas.Append(_development))
        {
            await instance.DisposeAsync();
        }
    }

    private string Named(IEnumerable<Digest> revisions) =>
        string.Join(", ", revisions.Select(revision => revision == _snapshot ? "new" : revision == _before ? "old" : revision.Short));

    private static Task<FakeNodeRed> ReplicaAsync(string name, bool lame) => FakeNodeRed.StartAsync(name, options =>
    {
        options.Flows = Version(0);
        options.NeverRuns = lame ? flows => flows.Digest != Base : null;
    });

    private static string Version(int version) =>
        $$"""[{"id":"t1","type":"tab","label":"Plant"},{"id":"in","type":"http in","z":"t1","url":"/version","method":"get","x":1,"y":1,"wires":[["say"]]},{"id":"say","type":"template","z":"t1","template":"{{version}}","x":2,"y":1,"wires":[["out"]]},{"id":"out","type":"http response","z":"t1","x":3,"y":1,"wires":[]}]""";
}
