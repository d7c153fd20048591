using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Engine.Durable;
using Pipelines.Storage.Outbox;

namespace Pipelines.Storage.Durable;

/// <summary>
/// One transaction for everything that a message or a request changes: business rows, the saga, the inbox and what is to be sent.
/// Reads open it, on first use. Writes are deferred: they go in order, together with the commit, in one batch. Whoever does not read
/// holds no connection and no transaction until the end. Scoped; not for two threads at once, except for sending.
/// </summary>
public sealed partial class UnitOfWork : IAsyncDisposable
{
    /// <summary>From so many messages on, one statement for all of them is cheaper than one for each.</summary>
    private const int Burst = 16;

    private readonly NpgsqlDataSource _dataSource;
    private readonly OutboxSender _sender;
    private readonly TimeProvider _time;
    private readonly ILogger<UnitOfWork> _logger;
    private readonly List<DeferredWrite> _writes = [];
    private readonly List<OutboxMessage> _messages = [];
    private readonly Lock _messagesLock = new();
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;
    private IDisposable? _place;

    internal UnitOfWork(NpgsqlDataSource dataSource, OutboxSender sender, TimeProvider time, ILogger<UnitOfWork> logger)
    {
        DapperConventions.Apply();
        _dataSource = dataSource;
        _sender = sender;
        _time = time;
        _logger = logger;
    }

    /// <summary>The message that is being consumed, if this unit belongs to a consumer.</summary>
    internal Consumption? Consuming { get; private set; }

    /// <summary>True once it is known that this consumer has consumed this message before.</summary>
    internal bool AlreadyConsumed { get; private set; }

    internal TimeProvider Time => _time;

    /// <summary>
    /// What this unit sends is left to the relays of all processes, from then on, and not sent right after the commit: for a burst, by somebody who has more to do than to wait for it.
    /// </summary>
    internal DateTimeOffset? RelayedFrom { get; set; }

    /// <summary>Reads rows. Does not see what was deferred in this unit.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments = null, CancellationToken cancellationToken = default)
    {
        var connection = await OpenAsync(cancellationToken);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Reads one row or none. Does not see what was deferred in this unit.</summary>
    public async Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object? arguments = null, CancellationToken cancellationToken = default)
    {
        var connection = await OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken));
    }

    /// <summary>Writes at once, in the transaction: for a write whose outcome decides what is next. Others are cheaper <see cref="Later"/>.</summary>
    /// <returns>The number of affected rows.</returns>
    public async Task<int> ExecuteAsync(string sql, object? arguments = null, CancellationToken cancellationToken = default)
    {
        var connection = await OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken));
    }

    /// <summary>Writes at the commit, in the order of the calls.</summary>
    /// <param name="sql">The query.</param>
    /// <param name="arguments">Its parameters, as <c>new { name = value }</c>.</param>
    /// <param name="mustAffect">
    /// How many rows it has to affect, for a fence such as <c>where token = @token</c>; any other number rolls everything back with a
    /// <see cref="FencedOffException"/>. Costs a round trip.
    /// </param>
    public void Later(string sql, object? arguments = null, int? mustAffect = null) => _writes.Add(new DeferredWrite(sql, arguments, mustAffect));

    /// <summary>Writes what was deferred, commits, and sends what was to be sent. Consumers do not call it: their endpoint does.</summary>
    /// <exception cref="FencedOffException">A deferred write did not affect the rows it demanded.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        CrashPoint.Here("commit.before");
        var messages = await FlushAsync(cancellationToken);
        CrashPoint.Here("commit.after");
        Settled();
        await _sender.SendCommittedAsync(messages);
    }

    /// <summary>Drops everything that was deferred and undoes what was written.</summary>
    public async Task RollbackAsync()
    {
        _writes.Clear();
        lock (_messagesLock)
        {
            _messages.Clear();
        }

        await CloseAsync();
    }

    public ValueTask DisposeAsync()
    {
        if (_writes.Count > 0 || _messages.Count > 0)
        {
            LogDropped(_writes.Count, _messages.Count);
        }

        return CloseAsync();
    }

    /// <summary>This consumer is done with its message, now or long ago.</summary>
    internal void Settled()
    {
        if (Consuming is { } consumed)
        {
            _sender.Settled(consumed.MessageId);
        }
    }

    /// <summary>What is given back once nothing is to be written any more: after the commit or the rollback, and before anything is sent.</summary>
    internal void Occupy(IDisposable place) => _place = place;

    internal void BeginConsuming(Consumption consumption) => Consuming = consumption;

    internal void Send(OutboxMessage message)
    {
        lock (_messagesLock)
        {
            _messages.Add(message);
        }
    }

    /// <summary>Takes a timer back: one of this unit was never written; an older one goes with the commit.</summary>
    internal void CancelTimer(Guid token)
    {
        lock (_messagesLock)
        {
            if (_messages.RemoveAll(message => message.Token == token) > 0)
            {
                return;
            }
        }

        Later(OutboxSql.Cancel, new { token });
    }

    /// <summary>The cheap look at the inbox, on a connection of its own that is given back at once.</summary>
    internal async Task<bool> WasConsumedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(InboxSql.Exists, connection);
        Parameters.AddTo(command.Parameters, new { message_id = Consuming!.MessageId, consumer = Consuming.Consumer });
        AlreadyConsumed = (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
        return AlreadyConsumed;
    }

    /// <summary>The first of a saga step's two batches: begin, take the row, look at the inbox. In this order, because the row's lock is where a twin waits.</summary>
    internal async Task<T?> LockAsync<T>(string sql, object arguments, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        where T : class
    {
        var connection = await OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, sql, arguments);
        if (Consuming is { } consuming)
        {
            Add(batch, InboxSql.Exists, new { message_id = consuming.MessageId, consumer = consuming.Consumer });
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var row = await reader.ReadAsync(cancellationToken) ? read(reader) : null;
        if (Consuming is not null && await reader.NextResultAsync(cancellationToken) && await reader.ReadAsync(cancellationToken))
        {
            AlreadyConsumed = reader.GetBoolean(0);
        }

        return row;
    }

    private async Task<IReadOnlyList<OutboxMessage>> FlushAsync(CancellationToken cancellationToken)
    {
        OutboxMessage[] messages;
        lock (_messagesLock)
        {
            messages = [.. _messages];
        }

        if (_writes.Count == 0 && messages.Length == 0 && Consuming is null)
        {
            if (_transaction is not null)
            {
                await _transaction.CommitAsync(cancellationToken);
            }

            await CloseAsync();
            return [];
        }

        // Counts can be judged only after the batch has run, so a fence holds the commit back for one more round trip.
        var fenced = _writes.Exists(write => write.MustAffect is not null);
        var connection = fenced ? await OpenAsync(cancellationToken) : await ConnectAsync(cancellationToken);
        try
        {
            await using var batch = new NpgsqlBatch(connection);
            var first = AddInbox(batch);
            foreach (var write in _writes)
            {
                Add(batch, write.Sql, write.Arguments);
            }

            var now = _time.GetUtcNow();
            foreach (var message in messages)
            {
                _sender.Stamp(message, now, RelayedFrom);
            }

            AddMessages(batch, messages, now);

            AddSettling(batch);
            if (_transaction is not null && !fenced)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
            }

            // Without a transaction of ours the batch is one by itself: PostgreSQL commits it at its end, or not at all.
            await batch.ExecuteNonQueryAsync(cancellationToken);
            if (fenced)
            {
                JudgeFences(batch, first);
                await _transaction!.CommitAsync(cancellationToken);
            }
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "inbox_pkey" })
        {
            AlreadyConsumed = true;
            await RollbackAsync();
            return [];
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "saga_pkey" })
        {
            await RollbackAsync();
            throw new SagaInsertConflictException(e);
        }
        catch
        {
            await RollbackAsync();
            throw;
        }

        _writes.Clear();
        lock (_messagesLock)
        {
            _messages.Clear();
        }

        await CloseAsync();
        return messages;
    }

    private int AddInbox(NpgsqlBatch batch)
    {
        if (Consuming is not { } consuming)
        {
            return 0;
        }

        Add(batch, InboxSql.Insert, new { message_id = consuming.MessageId, consumer = consuming.Consumer, now = _time.GetUtcNow() });
        return 1;
    }

    private static void AddMessages(NpgsqlBatch batch, OutboxMessage[] messages, DateTimeOffset now)
    {
        if (messages.Length >= Burst)
        {
            Add(batch, OutboxSql.InsertMany, OutboxMessage.ToRows(messages, now));
            return;
        }

        foreach (var message in messages)
        {
            Add(batch, OutboxSql.Insert, message.ToRow(now));
        }
    }

    private void AddSettling(NpgsqlBatch batch)
    {
        if (Consuming is not { } consuming || _sender.TransportKeepsMessages)
        {
            return;
        }

        if (consuming.Consumers <= 1)
        {
            Add(batch, OutboxSql.Settle, new { message_id = consuming.MessageId });
            return;
        }

        Add(batch, OutboxSql.SettleOne, new { message_id = consuming.MessageId });
        Add(batch, OutboxSql.SettleLast, new { message_id = consuming.MessageId });
    }

    private void JudgeFences(NpgsqlBatch batch, int first)
    {
        for (var i = 0; i < _writes.Count; i++)
        {
            var affected = (int)batch.BatchCommands[first + i].RecordsAffected;
            if (_writes[i].MustAffect is { } demanded && affected != demanded)
            {
                throw new FencedOffException(Query.WhyOf(_writes[i].Sql), demanded, affected);
            }
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        // Npgsql sends "begin" together with the first command: no round trip.
        _transaction ??= await connection.BeginTransactionAsync(cancellationToken);
        return connection;
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) =>
        _connection ??= await _dataSource.OpenConnectionAsync(cancellationToken);

    private async ValueTask CloseAsync()
    {
        var (connection, transaction) = (_connection, _transaction);
        (_connection, _transaction) = (null, null);
        if (transaction is not null)
        {
            try
            {
                await transaction.DisposeAsync();
            }
            catch (Exception e) when (PostgresTrouble.IsTransient(e) || e is InvalidOperationException)
            {
                // A broken connection has rolled back by itself.
            }
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }

        _place?.Dispose();
        _place = null;
    }

    private static void Add(NpgsqlBatch batch, string sql, object? arguments)
    {
        var command = new NpgsqlBatchCommand(sql);
        Parameters.AddTo(command.Parameters, arguments);
        batch.BatchCommands.Add(command);
    }

    [LoggerMessage(2211, LogLevel.Warning,
        "A unit of work ended without a commit: {Writes} write(s) and {Messages} message(s) were dropped. If that was not meant, CommitAsync was forgotten, or a scope was made inside a consumer.")]
    private partial void LogDropped(int writes, int messages);

    private sealed record DeferredWrite(string Sql, object? Arguments, int? MustAffect);
}

/// <summary>One message at one consumer: the inbox's key.</summary>
/// <param name="MessageId">The id it was first sent with; a redelivery changes the other one.</param>
/// <param name="Consumer">Endpoint, consumer and message type.</param>
/// <param name="Consumers">How many consumers this message has in this process.</param>
internal sealed record Consumption(Guid MessageId, string Consumer, int Consumers);
