using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Outbox;

namespace Pipelines.Storage.Hosting;

/// <summary>
/// One process alone on a database when its messages are in its memory; any number when a broker keeps them. A session's advisory lock,
/// exclusive or shared: it goes with the process, however that ends.
/// </summary>
internal sealed partial class ProcessLock(PipelinesStorageOptions options, OutboxSender sender, TimeProvider time, ILogger<ProcessLock> logger) : IAsyncDisposable
{
    /// <summary>The class of the locks of which each process on a broker holds one, for the others to see that it lives.</summary>
    public const int OfOneProcess = 0x50_69_70_65; // "Pipe"

    private const long Key = 0x50_69_70_65_6C_69_6E; // "Pipelin"

    private NpgsqlConnection? _connection;

    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (!await TryTakeAsync(cancellationToken))
        {
            if (time.GetElapsedTime(since) > options.Transport.WaitForOtherProcess)
            {
                throw new InvalidOperationException(options.Transport.KeepsMessages
                    ? "Another Pipelines process keeps its messages in memory and has this database for itself. Stop it, or run it on RabbitMQ too."
                    : "Another Pipelines process is running on this database. With messages in memory only one can: stop the other one, give this one "
                      + "its own database, or run both on RabbitMQ.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
        }
    }

    /// <summary>Watches the connection that holds the lock, and takes the lock again when PostgreSQL was restarted.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2), time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                if (_connection is not null)
                {
                    await using var ping = new NpgsqlCommand("select 1", _connection);
                    await ping.ExecuteScalarAsync(cancellationToken);
                    continue;
                }

                await TakeAsync(cancellationToken);
            }
            catch (Exception e) when (PostgresTrouble.IsAbsence(e) || e is ObjectDisposedException)
            {
                LogLost(e.Message);
                await DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        // Unpooled: the lock must end with this object, not with a pool.
        _connection ??= new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.ConnectionString) { Pooling = false, ApplicationName = "pipelines lock" }.ConnectionString);
        try
        {
            if (_connection.State != System.Data.ConnectionState.Open)
            {
                await _connection.OpenAsync(cancellationToken);
            }

            await using var command = new NpgsqlCommand(
                options.Transport.KeepsMessages
                    ? "select pg_try_advisory_lock_shared($1) and pg_try_advisory_lock_shared($2, hashtext($3::text))"
                    : "select pg_try_advisory_lock($1)",
                _connection)
            {
                Parameters = { new NpgsqlParameter { Value = Key } },
            };
            if (options.Transport.KeepsMessages)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = OfOneProcess });
                command.Parameters.Add(new NpgsqlParameter { Value = sender.Incarnation });
            }

            return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    [LoggerMessage(2141, LogLevel.Warning, "The lock on the database was lost and is taken again: {Reason}")]
    private partial void LogLost(string reason);
}
