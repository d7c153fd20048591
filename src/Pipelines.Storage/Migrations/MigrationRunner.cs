using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Migrations;

/// <summary>Runs the migrations that have not run yet, however many processes start at once.</summary>
internal sealed partial class MigrationRunner(PipelinesStorageOptions options, ILogger<MigrationRunner> logger)
{
    private const long Key = 0x4D_69_67_72_61_74_65; // "Migrate"

    private static readonly string EnsureTable = Query.Load("migrations/ensure_table");
    private static readonly string Applied = Query.Load("migrations/applied");
    private static readonly string Record = Query.Load("migrations/record");

    public Task RunAsync(CancellationToken cancellationToken) =>
        RunAsync([.. Query.Migrations().Select(migration => new Migration(migration.Name, migration.Text))], cancellationToken);

    internal async Task RunAsync(IReadOnlyList<Migration> migrations, CancellationToken cancellationToken)
    {
        // Unpooled: the advisory lock ends with the session, also when this process dies in the middle.
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.ConnectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(connection, "select pg_advisory_lock(@key)", new { key = Key }, cancellationToken);
        await ExecuteAsync(connection, EnsureTable, null, cancellationToken);
        var applied = await ReadAppliedAsync(connection, cancellationToken);
        foreach (var migration in migrations)
        {
            if (!applied.TryGetValue(migration.Name, out var checksum))
            {
                await ApplyAsync(connection, migration, cancellationToken);
            }
            else if (checksum != migration.Checksum)
            {
                throw new InvalidOperationException(
                    $"Migration {migration.Name} has been changed since it ran on this database. Restore the file, and put the change into a new migration.");
            }
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, migration.Sql, null, cancellationToken);
        await ExecuteAsync(connection, Record, new { name = migration.Name, checksum = migration.Checksum }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogApplied(migration.Name);
    }

    private static async Task<Dictionary<string, string>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand(Applied, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(reader.GetString(0), reader.GetString(1));
        }

        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, object? arguments, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Our own embedded files.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        Parameters.AddTo(command.Parameters, arguments);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(2161, LogLevel.Information, "Migration {Name} has run.")]
    private partial void LogApplied(string name);
}

internal sealed record Migration(string Name, string Sql)
{
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
}
