using Npgsql;
using NUnit.Framework;
using Pipelines.Testing.Postgres;

namespace Pipelines.DatabaseTests;

/// <summary>One PostgreSQL for the run, one database for a test.</summary>
[SetUpFixture]
public sealed class Cluster
{
    private static PostgresServer? _server;
    private static int _databases;
    private static string? _template;

    public static PostgresServer Server => _server ?? throw new InvalidOperationException("The cluster has not been started.");

    public static Task<string> NewDatabaseAsync() => Server.CreateDatabaseAsync($"test_{Interlocked.Increment(ref _databases)}");

    /// <summary>As a process finds it after its migrations; copied, hence as quick as an empty one.</summary>
    public static Task<string> NewMigratedDatabaseAsync() => Server.CreateDatabaseAsync($"test_{Interlocked.Increment(ref _databases)}", _template);

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Environment.SetEnvironmentVariable("MASSTRANSIT_USAGE_TELEMETRY", "false");
        _server = await PostgresServer.StartAsync();
        var template = await NewDatabaseAsync();
        await MigrationTests.MigrateAsync(template);
        _template = new NpgsqlConnectionStringBuilder(template).Database;
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
