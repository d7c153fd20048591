using NUnit.Framework;
using Pipelines.Testing.Postgres;

// Not below Pipelines.StandTests: these tests need PostgreSQL and no Node-RED process.
namespace Pipelines.ServiceTests;

/// <summary>One PostgreSQL for all tests of the service.</summary>
[SetUpFixture]
public sealed class DatabaseOfTheRun
{
    private static PostgresServer? _server;
    private static int _databases;

    public static PostgresServer Server => _server ?? throw new InvalidOperationException("PostgreSQL did not start.");

    public static Task<string> NewAsync() => Server.CreateDatabaseAsync($"service_{Interlocked.Increment(ref _databases)}");

    [OneTimeSetUp]
    public async Task Start()
    {
        Environment.SetEnvironmentVariable(ServiceUnderTest.FakeTokenVariable, "fake-token");
        _server = await PostgresServer.StartAsync(cancellationToken: TestContext.CurrentContext.CancellationToken);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
