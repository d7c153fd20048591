using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework;
using Pipelines.Storage;
using Pipelines.Storage.Migrations;

namespace Pipelines.DatabaseTests;

internal sealed class MigrationTests
{
    [Test]
    public async Task Migrations_add_up_to_schema_sql()
    {
        var database = await Cluster.NewDatabaseAsync();
        await MigrateAsync(database);
        var actual = await SchemaOf.DescribeAsync(database);
        var file = Path.Combine(RepositoryRoot(), "sql", "schema.sql");
        if (Environment.GetEnvironmentVariable("GOLDEN") == "accept")
        {
            await File.WriteAllTextAsync(file, actual);
        }

        Assert.That(actual, Is.EqualTo((await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n")), "Accept it with GOLDEN=accept dotnet test");
    }

    [Test]
    public async Task Many_processes_starting_at_once_migrate_once()
    {
        var database = await Cluster.NewDatabaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => MigrateAsync(database)));

        await using var connection = new NpgsqlConnection(database);
        Assert.That(await connection.ExecuteScalarAsync<int>("select count(*)::int from schema_migration"), Is.EqualTo(Query.Migrations().Count()));
    }

    [Test]
    public async Task A_changed_migration_stops_the_start()
    {
        var database = await Cluster.NewDatabaseAsync();
        var runner = Runner(database);
        await runner.RunAsync([new Migration("0001_a", "create table a (x int)")], CancellationToken.None);

        Assert.That(
            async () => await runner.RunAsync([new Migration("0001_a", "create table a (x bigint)")], CancellationToken.None),
            Throws.InvalidOperationException.With.Message.Contains("0001_a has been changed"));
    }

    [Test]
    public async Task A_migration_that_fails_leaves_nothing_behind_and_is_tried_again()
    {
        var database = await Cluster.NewDatabaseAsync();
        var runner = Runner(database);
        Assert.That(
            async () => await runner.RunAsync([new Migration("0001_a", "create table a (x int); select 1/0")], CancellationToken.None),
            Throws.InstanceOf<PostgresException>());

        await runner.RunAsync([new Migration("0001_a", "create table a (x int)")], CancellationToken.None);
    }

    public static Task MigrateAsync(string connectionString) => Runner(connectionString).RunAsync(CancellationToken.None);

    private static MigrationRunner Runner(string connectionString) =>
        new(new PipelinesStorageOptions { ConnectionString = connectionString }, NullLogger<MigrationRunner>.Instance);

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Pipelines.sln")))
        {
            folder = folder.Parent ?? throw new UnreachableException("The tests run outside the repository.");
        }

        return folder.FullName;
    }
}
