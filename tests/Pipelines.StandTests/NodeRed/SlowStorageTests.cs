using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.NodeRed;

namespace Pipelines.StandTests.NodeRed;

/// <summary>A real Node-RED whose storage is slow, as one behind HTTP may be: what a restore relies on.</summary>
internal sealed class SlowStorageTests
{
    private const string Before = """[{"id":"t1","type":"tab","label":"before"}]""";
    private static readonly RawFlows After = FakeNodeRed.AsNodeRedWrites("""[{"id":"t1","type":"tab","label":"after"}]""");

    [Test]
    public async Task A_deploy_that_waits_for_the_storage_does_not_show_and_is_outwaited()
    {
        await using var nodeRed = await NodeRedProcess.StartAsync(await NodeRedInstall.EnsureAsync(), new NodeRedOptions("slow") { Flows = Before, StorageWaits = true });
        using var http = AdminHandler.CreateClient();
        var client = new AdminClient(http, new AdminEndpoint("slow", nodeRed.AdminUrl, nodeRed.FlowsUrl, new Access.Bearer(nodeRed.Token)));
        var before = await ReadAsync();

        // Whoever deploys is gone before the answer.
        using var gone = new CancellationTokenSource();
        var deploying = client.DeployAsync(After, before.Digest, DeployType.Full, CredentialsMap.Empty, cancellationToken: gone.Token);
        await SaysAsync("The storage waits.");
        await gone.CancelAsync();
        Assert.That(async () => await deploying, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await ReadAsync()).Digest, Is.EqualTo(before.Digest), "it looks as if nobody had deployed");

        var outwaiting = client.OutwaitDeploysAsync(before);
        await SaysAsync("POST /flows", times: 2);
        Assert.That(outwaiting.IsCompleted, Is.False, "its turn comes behind the deploy");
        nodeRed.LetStorageSave();

        Assert.That(await outwaiting, Is.Null);
        Assert.That((await ReadAsync()).Digest, Is.EqualTo(After.Digest), "what it waited for is there, and it changed nothing itself");

        Task SaysAsync(string line, int times = 1) => Until.TrueAsync(
            $"Node-RED to say '{line}'",
            () => nodeRed.LogTail(200).Split('\n').Count(said => said.Contains(line, StringComparison.Ordinal)) >= times ? null : nodeRed.LogTail(),
            TimeSpan.FromSeconds(30));

        async Task<RawFlows> ReadAsync() => ((Reading<RawFlows>.Read)await client.ReadFlowsAsync()).Value;
    }
}
