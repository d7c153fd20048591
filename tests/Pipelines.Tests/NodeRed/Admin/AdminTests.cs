using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Admin;

/// <summary>A fake and a client for it, impatient enough for tests of silence and patient enough for a loaded machine.</summary>
public abstract class AdminTests
{
    protected const string Before = """[{"id":"t0","type":"tab","label":"before"}]""";

    protected static readonly AdminOptions Impatient = new()
    {
        DeployTimeout = TimeSpan.FromMilliseconds(400),
        RetryDelay = TimeSpan.FromMilliseconds(1),
        SettleTime = TimeSpan.FromSeconds(20),
    };

    protected static readonly AdminOptions Patient = new() { RetryDelay = TimeSpan.FromMilliseconds(1), SettleTime = TimeSpan.FromMilliseconds(300) };

    private HttpClient _http = null!;

    protected FakeNodeRed Fake { get; private set; } = null!;

    protected RawFlows After { get; } = Nodes.Raw(Nodes.Smoke("new"));

    [SetUp]
    public async Task PowerOn()
    {
        _http = AdminHandler.CreateClient();
        Fake = await FakeNodeRed.StartAsync("plant-b", Configure);
    }

    [TearDown]
    public async Task PowerOff()
    {
        await Fake.DisposeAsync();
        _http.Dispose();
    }

    protected virtual void Configure(FakeNodeRedOptions options) => options.Flows = Before;

    protected AdminClient Client(AdminOptions? options = null, Access? access = null) =>
        new(_http, access is null ? Fake.Endpoint : Fake.Endpoint with { Access = access }, options ?? Patient);

    protected Task<DeployAnswer> DeployAsync(AdminOptions? options = null, RawFlows? flows = null, CredentialsMap? credentials = null) =>
        Client(options).DeployAndReadBackAsync(flows ?? After, Nodes.Raw(Before).Digest, DeployType.Full, credentials ?? CredentialsMap.Empty);
}
