using NUnit.Framework;
using Pipelines.Testing.Postgres;

namespace Pipelines.DatabaseTests;

/// <summary>One PostgreSQL for the run, one database for a test.</summary>
[SetUpFixture]
public sealed class Cluster
{
    private static PostgresServer? _server;
    private static int _databases;

    public static PostgresServer Server => _server ?? throw new InvalidOperationException("The cluster has not been started.");

    public static Task<string> NewDatabaseAsync() => Server.CreateDatabaseAsync($"test_{Interlocked.Increment(ref _databases)}");

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Environment.SetEnvironmentVariable("MASSTRANSIT_USAGE_TELEMETRY", "false");
        _server = await PostgresServer.StartAsync();
        TestContext.Progress.WriteLine($"PostgreSQL: {_server.Source}");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
