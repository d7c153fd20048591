using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed;

[TestFixture]
public sealed class FakeNodeRedExam : NodeRedExam
{
    protected override async Task<INodeRedUnderTest> StartAsync() => new Candidate(await FakeNodeRed.StartAsync("fake", o => (o.ApiMaxLength, o.MaxLength) = ("100kb", 100 * 1024)));

    private sealed class Candidate(FakeNodeRed fake) : INodeRedUnderTest
    {
        public AdminEndpoint Endpoint => fake.Endpoint;

        public long ApiMaxLength => 100 * 1024;

        public Task<string?> SecretAsync(string nodeId, string field) => Task.FromResult(fake.Credential(nodeId, field));

        public ValueTask DisposeAsync() => fake.DisposeAsync();
    }
}
