using Npgsql;
using NUnit.Framework;
using Pipelines.Testing.Postgres;

namespace Pipelines.DatabaseTests;

internal sealed class PostgresServerTests
{
    [Test]
    public async Task Data_survives_a_stop_and_a_kill()
    {
        await using var server = await PostgresServer.StartAsync();
        TestContext.Out.WriteLine(server.Source);
        var database = await server.CreateDatabaseAsync("kept");
        if (!server.CanBeStopped)
        {
            Assert.Fail($"{server.Source} cannot be stopped. Unset PIPELINES_TEST_POSTGRES, or install PostgreSQL's own binaries.");
        }

        await ExecuteAsync(database, "create table t(x int); insert into t values (1)");
        await server.StopAsync();
        await server.StartAgainAsync();
        await ExecuteAsync(database, "insert into t values (2)");
        await server.KillAsync();
        await server.StartAgainAsync();

        Assert.That(await ExecuteAsync(database, "select count(*) from t"), Is.EqualTo(2L));
    }

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
#pragma warning disable CA2100
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
