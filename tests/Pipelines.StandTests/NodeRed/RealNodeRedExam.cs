using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.Testing;
using Pipelines.Testing.Stand.NodeRed;
using Pipelines.Tests.NodeRed;

namespace Pipelines.StandTests.NodeRed;

/// <summary>The real Node-RED sits the exam that the fake passed.</summary>
[TestFixture]
public sealed class RealNodeRedExam : NodeRedExam
{
    protected override async Task<INodeRedUnderTest> StartAsync() =>
        new Candidate(await NodeRedProcess.StartAsync(
            await NodeRedInstall.EnsureAsync(),
            new NodeRedOptions("exam") { RuntimeState = true, ApiMaxLength = "100kb" }));

    private sealed class Candidate(NodeRedProcess process) : INodeRedUnderTest
    {
        public AdminEndpoint Endpoint => new("exam", process.AdminUrl, process.FlowsUrl, new Access.Bearer(process.Token));

        public long ApiMaxLength => 100 * 1024;

        public Task<string?> SecretAsync(string nodeId, string field) =>
            Task.FromResult(CredentialFile.Read(Path.Combine(process.Folder, "flows_cred.json"), process.Options.CredentialSecret, nodeId, field));

        public ValueTask DisposeAsync() => process.DisposeAsync();
    }
}
