using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Engine.Durable;
using Pipelines.Storage.DeadLetters;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Hosting;

namespace Pipelines.Storage.Outbox;

/// <summary>Sends what is due and what nobody else is sending: timers, and whatever a process left behind between its commit and its send.</summary>
internal sealed partial class OutboxRelay(
    NpgsqlDataSource dataSource, OutboxSender sender, OutboxSignal signal, StorageReadiness readiness, PipelinesStorageOptions options, TimeProvider time, ILogger<OutboxRelay> logger)
{
    // Rows of this process that look sent for longer than any answer can take are compared with what it knows.
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(10);

    /// <summary>How soon another process's death is noticed, at the price of one small query.</summary>
    private static readonly TimeSpan OrphansEvery = TimeSpan.FromSeconds(1);

    private long? _stuckSince;
    private long _lookedForOrphans;
    private TimeSpan _saidAt;
    private DateTimeOffset _lastReconciled;

    /// <summary>For how long messages have been due and none was delivered.</summary>
    public TimeSpan StuckFor => _stuckSince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Each message brings its own trace; the one of whoever started the host is not its parent.
        Activity.Current = null;
        CrashPoint.Within("relay");
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await LookForOrphansAsync(cancellationToken);
                var taken = await RelayAsync(cancellationToken);
                await ReconcileAsync(cancellationToken);
                readiness.Report(StorageState.Ready);
                if (taken < options.Outbox.BatchSize)
                {
                    await signal.WaitUntilAsync(await NextLookAsync(cancellationToken), cancellationToken);
                }
            }
            catch (Exception e) when (PostgresTrouble.IsAbsence(e) && !cancellationToken.IsCancellationRequested)
            {
                readiness.Report(StorageState.Waiting($"PostgreSQL does not answer: {e.Message}"));
                LogDatabaseAway(e.Message);
                await Task.Delay(options.Outbox.Poll, time, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // A relay that gives up would stop every promotion; whatever it was, the rows are still there.
                LogFailed(e);
                await Task.Delay(options.Outbox.RetryAfter, time, cancellationToken);
            }
        }
    }

    /// <summary>What earlier processes had in memory is due again. Once, before the first relay.</summary>
    public async Task ReleaseLeftoversAsync(CancellationToken cancellationToken)
    {
        var deadly = await ExecuteAsync(
            OutboxSql.SetAsideDeadly,
            new { now = time.GetUtcNow(), me = sender.Incarnation, limit = options.Transport.DeadlyAfter, reason = new DeadlyMessageException(options.Transport.DeadlyAfter).Message },
            cancellationToken);
        if (deadly > 0)
        {
            LogDeadly(deadly, options.Transport.DeadlyAfter);
        }

        if (sender.TransportKeepsMessages)
        {
            await ReleaseOrphansAsync(cancellationToken);
            return;
        }

        var released = await ExecuteAsync(OutboxSql.Release, new { now = time.GetUtcNow(), me = sender.Incarnation }, cancellationToken);
        if (released > 0)
        {
            LogReleased(released);
        }
    }

    private async Task LookForOrphansAsync(CancellationToken cancellationToken)
    {
        if (sender.TransportKeepsMessages && time.GetElapsedTime(_lookedForOrphans) >= OrphansEvery)
        {
            await ReleaseOrphansAsync(cancellationToken);
        }
    }

    private async Task ReleaseOrphansAsync(CancellationToken cancellationToken)
    {
        _lookedForOrphans = time.GetTimestamp();
        var released = await ExecuteAsync(
            OutboxSql.ReleaseOrphans, new { now = time.GetUtcNow(), me = sender.Incarnation, kind = (long)ProcessLock.OfOneProcess }, cancellationToken);
        if (released > 0)
        {
            LogOrphans(released);
        }
    }

    internal async Task<int> RelayAsync(CancellationToken cancellationToken)
    {
        await PostponeFailedAsync(cancellationToken);
        var rows = await ClaimAsync(cancellationToken);
        if (rows.Count > 0)
        {
            CrashPoint.Here("claimed");
        }

        var before = sender.Delivered;
        var began = time.GetTimestamp();
        // Concurrency is the sender's to bound, for everybody who sends. Once one has hung for its whole time-out the rest of the batch
        // would outlive its lease.
        var sent = await Task.WhenAll(rows.Select(row =>
            sender.TrySendAsync(row.Destination, row.MessageId, row.Envelope, row.Body, row.Consumers, unless: () => sender.HangsSince(began))));

        Watch(rows.Count, sender.Delivered > before);
        return sent.Count(taken => taken);
    }

    // Whoever tried, after a commit or here: the row is due again after a moment. Should this update be lost, the lease brings it back.
    private async Task PostponeFailedAsync(CancellationToken cancellationToken)
    {
        if (sender.TakeFailed() is { Length: > 0 } failed)
        {
            await ExecuteAsync(OutboxSql.Postpone, new { message_ids = failed, visible_at = time.GetUtcNow() + options.Outbox.RetryAfter }, cancellationToken);
        }
    }

    private void Watch(int due, bool delivered)
    {
        if (delivered)
        {
            _stuckSince = null;
        }
        else if (due > 0)
        {
            _stuckSince ??= time.GetTimestamp();
        }

        if (StuckFor is var stuck && stuck - _saidAt >= options.Outbox.WedgedAfter)
        {
            LogWedged(due, stuck.TotalSeconds);
            _saidAt = stuck;
        }
        else if (stuck == TimeSpan.Zero)
        {
            _saidAt = TimeSpan.Zero;
        }
    }

    private async Task<List<Row>> ClaimAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(OutboxSql.Claim, connection);
        Parameters.AddTo(command.Parameters, new
        {
            now,
            limit = options.Outbox.BatchSize,
            lease_until = sender.LeaseUntil(now),
            sent_by = sender.Incarnation,
            sent_at = sender.TransportKeepsMessages ? (DateTimeOffset?)null : now,
        });
        var rows = new List<Row>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new Row(
                reader.GetInt64(0),
                reader.GetGuid(1),
                new Uri(reader.GetString(2)),
                JsonSerializer.Deserialize<Envelope>(reader.GetString(3), Envelope.Json)!,
                reader.GetFieldValue<byte[]>(4),
                reader.GetInt32(5)));
        }

        rows.Sort((a, b) => a.Id.CompareTo(b.Id));
        return rows;
    }

    private async Task<DateTimeOffset> NextLookAsync(CancellationToken cancellationToken)
    {
        // A row that is due and was not taken is in another relay's hands this very moment.
        var soon = time.GetUtcNow() + TimeSpan.FromMilliseconds(2);
        var poll = time.GetUtcNow() + options.Outbox.Poll;
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(OutboxSql.NextDue, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var next = await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<DateTimeOffset>(0) : poll;
        return next < soon ? soon : next < poll ? next : poll;
    }

    /// <summary>A commit or a claim whose answer was lost leaves rows that look sent by us and never were.</summary>
    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (sender.TransportKeepsMessages || now - _lastReconciled < LostAfter)
        {
            return;
        }

        _lastReconciled = now;
        var lost = new List<Guid>();
        await using (var connection = await dataSource.OpenConnectionAsync(cancellationToken))
        {
            await using var command = new NpgsqlCommand(OutboxSql.Unsettled, connection);
            Parameters.AddTo(command.Parameters, new { me = sender.Incarnation, before = now - LostAfter, limit = 10_000 });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (reader.GetGuid(0) is var id && !sender.IsInMemory(id))
                {
                    lost.Add(id);
                }
            }
        }

        if (lost.Count > 0)
        {
            await ExecuteAsync(OutboxSql.HandOver, new { now, me = sender.Incarnation, message_ids = lost.ToArray() }, cancellationToken);
        }
    }

    private async Task<int> ExecuteAsync(string sql, object arguments, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        Parameters.AddTo(command.Parameters, arguments);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record Row(long Id, Guid MessageId, Uri Destination, Envelope Envelope, byte[] Body, int Consumers);

    [LoggerMessage(2121, LogLevel.Warning, "{Due} message(s) are due and none was delivered for {Seconds:0} s: the broker is away, or the bus hangs. Nothing is lost; it goes on when they do.")]
    private partial void LogWedged(int due, double seconds);

    [LoggerMessage(2122, LogLevel.Warning, "The outbox waits for PostgreSQL: {Reason}")]
    private partial void LogDatabaseAway(string reason);

    [LoggerMessage(2123, LogLevel.Information, "{Count} message(s) that an earlier process had in memory are sent again.")]
    private partial void LogReleased(int count);

    [LoggerMessage(2126, LogLevel.Information, "{Count} message(s) that a process was sending when it ended are sent by another.")]
    private partial void LogOrphans(int count);

    [LoggerMessage(2125, LogLevel.Error, "{Count} message(s) were in the memory of each of the last {Times} processes when it died. They are set aside: GET /dead-letters shows them.")]
    private partial void LogDeadly(int count, int times);

    [LoggerMessage(2124, LogLevel.Error, "The outbox relay stumbled and goes on.")]
    private partial void LogFailed(Exception e);
}
