using System.Text.RegularExpressions;
using Npgsql;
using NUnit.Framework;
using Pipelines.Storage;

namespace Pipelines.DatabaseTests;

/// <summary>A connection of the pool is not swept when it is lent again, so nothing may stay with its session.</summary>
internal sealed partial class PoolTests
{
    public static IEnumerable<string> Names => Query.Names;

    [TestCaseSource(nameof(Names))]
    public void No_query_leaves_anything_with_its_session(string name) => Assert.That(
        SessionState().Match(Query.Load(name)).Value, Is.Empty, "This outlives the transaction, and the next one to be lent the connection would have it: use its transaction's form.");

    [TestCase("select pg_advisory_lock(1)")]
    [TestCase("select pg_try_advisory_lock_shared($1)")]
    [TestCase("listen news")]
    [TestCase("set statement_timeout = 1")]
    [TestCase("create temporary table t (a int)")]
    [TestCase("select set_config('a.b', 'c', false)")]
    public void What_would_stay_with_a_session_is_known(string sql) => Assert.That(SessionState().IsMatch(sql));

    [Test]
    public async Task A_connection_is_lent_again_without_a_sweep_and_without_the_transaction_that_was_left_open()
    {
        var options = new PipelinesStorageOptions { ConnectionString = new NpgsqlConnectionStringBuilder(await Cluster.NewMigratedDatabaseAsync()) { MaxPoolSize = 1 }.ConnectionString };
        await using var dataSource = StorageServiceCollectionExtensions.CreateDataSource(options, null);
        await using (var left = await dataSource.OpenConnectionAsync())
        {
            await AskAsync(left, "set work_mem = '5MB'");
            await left.BeginTransactionAsync();
            await AskAsync(left, "select pg_advisory_xact_lock(1)");
        }

        await using var lent = await dataSource.OpenConnectionAsync();
        Assert.That(await AskAsync(lent, "show work_mem"), Is.EqualTo("5MB"), "Seven statements swept the session.");
        Assert.That(await AskAsync(lent, "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"), Is.Zero);
    }

    private static async Task<object?> AskAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Said above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }

    [GeneratedRegex(
        @"pg_(try_)?advisory_lock|\b(un)?listen\b|\bcreate\s+(local\s+)?temp|\bset_config\([^)]*false\)|(\A|;)(\s|--.*\n)*set\s+(?!local\b)",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        1000)]
    private static partial Regex SessionState();
}
