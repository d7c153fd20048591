using System.Collections.Concurrent;
using System.Reflection;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Engine.Instances;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;
using Pipelines.Tests.Engine;
using Pipelines.Tests.NodeRed;

namespace Pipelines.Tests.Stages.Consumers;

/// <summary>A Node-RED that runs the old flows, everything that a consumer needs to ask it, and what the consumer answered.</summary>
public abstract class ConsumerTests
{
    protected const string Token = "${env:TOKEN}";

    protected static readonly RawFlows Old = Nodes.Raw(Nodes.Smoke("old"));
    protected static readonly RawFlows New = Nodes.Raw(Nodes.Smoke("new"));
    protected static readonly RawFlows Strange = Nodes.Raw(Nodes.Smoke("strange"));

    private readonly ConcurrentDictionary<string, string> _secrets = new(StringComparer.Ordinal);
    private InstanceClients _clients = null!;

    protected FakeNodeRed Fake { get; private set; } = null!;

    private protected LedgerInMemory Ledger { get; private set; } = null!;

    private protected SnapshotsInMemory Snapshots { get; private set; } = null!;

    private protected DefinitionsInMemory Definitions { get; private set; } = null!;

    protected InstanceClients Clients => _clients;

    protected FlowSets FlowSets { get; private set; } = null!;

    protected ReplicaMeans Means => new(Definitions, _clients, FlowSets);

    /// <summary>Wall time, because the fake is a real server; nothing waits for long.</summary>
    protected static TimeProvider Time => TimeProvider.System;

    protected static DateTimeOffset Soon => Time.GetUtcNow().AddSeconds(30);

    protected RolloutSettings Settings { get; set; } = null!;

    protected Dictionary<string, IReadOnlyDictionary<string, SecretReference>> Credentials { get; } = new(StringComparer.Ordinal);

    protected InstanceTimeouts Timeouts { get; set; } = null!;

    [SetUp]
    public async Task PowerOn()
    {
        Fake = await FakeNodeRed.StartAsync("r0", options =>
        {
            options.Flows = Nodes.Smoke("old");
            Configure(options);
        });
        _secrets["TOKEN"] = "fake-token";
        _clients = new InstanceClients(new SecretResolver(_secrets.GetValueOrDefault, File.ReadAllText), Time, NullLoggerFactory.Instance);
        Ledger = new LedgerInMemory();
        Snapshots = new SnapshotsInMemory { Flows = { [Old.Digest] = Old, [New.Digest] = New } };
        FlowSets = new FlowSets(Snapshots);
        Definitions = new DefinitionsInMemory();
        Timeouts = new InstanceTimeouts { Request = TimeSpan.FromSeconds(5), Deploy = TimeSpan.FromSeconds(10) };
        Settings = new RolloutSettings { To = "plant", Verification = new VerificationSettings { StartTimeout = TimeSpan.FromSeconds(2) } };
        Credentials.Clear();
        Define();
    }

    [TearDown]
    public async Task PowerOff()
    {
        await Fake.DisposeAsync();
        _clients.Dispose();
    }

    protected virtual void Configure(FakeNodeRedOptions options)
    {
    }

    protected void Forget(string secret) => _secrets.TryRemove(secret, out _);

    protected void Know(string secret, string value) => _secrets[secret] = value;

    /// <summary>Pins the definition again, after a test changed what it is made of.</summary>
    protected void Define()
    {
        var access = new AccessDefinition { Token = Secret("TOKEN") };
        var pinned = Sample.Pinned();
        Definitions.Promotion = pinned with
        {
            Definition = pinned.Definition with
            {
                Instances =
                [
                    new InstanceDefinition { Name = "dev", Admin = Fake.AdminUrl, Access = access, Timeouts = Timeouts },
                    new InstanceDefinition
                    {
                        Name = "plant", Replicas = [new ReplicaDefinition { Name = "r0", Admin = Fake.AdminUrl, Flows = Fake.FlowsUrl }], Access = access, Timeouts = Timeouts, Credentials = Credentials,
                    },
                ],
            },
        };
    }

    protected static SecretReference Secret(string name) => SecretReference.TryParse($"${{env:{name}}}", out var reference) ? reference : throw new ArgumentException(name, nameof(name));

    protected static RecordedReplica Before(RawFlows flows, bool ran = true) => new("r0", flows.Digest.ToString(), ran);

    /// <summary>What the consumer answered to one question; nothing when it did not think it worth an answer.</summary>
    protected static async Task<IReadOnlyList<object>> AskAsync<T>(IConsumer<T> consumer, T question)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(consumer);
        var answers = new List<object>();
        await consumer.Consume(Stub.Of<ConsumeContext<T>>((method, arguments) => Member(method, arguments, question, answers)));
        return answers;
    }

    protected static async Task<TAnswer> AskAsync<T, TAnswer>(IConsumer<T> consumer, T question)
        where T : class
    {
        var answers = await AskAsync(consumer, question);
        Assert.That(answers, Has.Count.EqualTo(1).And.All.InstanceOf<TAnswer>(), () => $"It answered {string.Join("; ", answers)}");
        return (TAnswer)answers[0];
    }

    private static object? Member(MethodInfo method, object?[] arguments, object question, List<object> answers)
    {
        switch (method.Name)
        {
            case "get_Message":
                return question;
            case "get_CancellationToken":
                return CancellationToken.None;
            case "Publish":
                answers.Add(arguments[0]!);
                return Task.CompletedTask;
            default:
                throw new NotSupportedException(method.Name);
        }
    }
}

internal sealed class SnapshotsInMemory : ISnapshotStore, ISnapshotReader
{
    public Dictionary<Digest, RawFlows> Flows { get; } = [];

    public List<SnapshotProvenance> Provenances { get; } = [];

    public int Reads { get; private set; }

    public void Keep(RawFlows flows) => Flows[flows.Digest] = flows;

    public void KeepProvenance(SnapshotProvenance provenance) => Provenances.Add(provenance);

    public Task<RawFlows?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        Reads++;
        return Task.FromResult(Flows.GetValueOrDefault(digest));
    }

    public Task<IReadOnlyDictionary<string, string>> ModulesAsync(Digest digest, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>(StringComparer.Ordinal));
}
