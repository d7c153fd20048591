using NUnit.Framework;
using Pipelines.Testing.Stand.Service;

namespace Pipelines.StandTests.Stand;

public sealed class ServiceProcessTests
{
    [Test]
    public void A_service_that_ends_before_it_is_ready_is_explained_by_its_log()
    {
        // Fails before the service's own first line, whatever that will be.
        var options = new ServiceOptions("Host=127.0.0.1;Port=1") { Environment = new Dictionary<string, string?> { ["DOTNET_STARTUP_HOOKS"] = "/no/such/hook.dll" } };

        Assert.That(async () => await ServiceProcess.StartAsync(options), Throws.InvalidOperationException.With.Message.Contains("did not stay up").And.Message.Contains("/no/such/hook.dll"));
    }
}
