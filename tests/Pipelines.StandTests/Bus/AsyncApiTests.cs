using NUnit.Framework;
using Pipelines.Testing;
using Pipelines.Testing.Stand.Clients;

namespace Pipelines.ServiceTests.Bus;

internal sealed class AsyncApiTests
{
    [Test]
    public async Task The_official_parser_finds_nothing_wrong_and_knows_all_channels()
    {
        var (code, output) = await NodeClient.RunAsync("asyncapi.mjs", Path.Combine(Golden.Root, "src", "Pipelines.Service", "asyncapi.yaml"), TestContext.CurrentContext.CancellationToken);

        Assert.That(code, Is.Zero, output);
        Assert.That(output.Trim(), Is.EqualTo("asyncapi 3.1.0: 19 channels, 18 operations, 19 messages"), "and nothing to complain about");
    }
}
