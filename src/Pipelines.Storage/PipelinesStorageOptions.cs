namespace Pipelines.Storage;

/// <summary>What the storage needs to know. Only the connection string has no default.</summary>
public sealed class PipelinesStorageOptions
{
    /// <summary>Npgsql connection string of the database. Required.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>What the bus's transport promises.</summary>
    public TransportOptions Transport { get; } = new();

    /// <summary>How the outbox is sent.</summary>
    public OutboxOptions Outbox { get; } = new();

    /// <summary>What is thrown away, and when.</summary>
    public HousekeepingOptions Housekeeping { get; } = new();

    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(ConnectionString))
        {
            throw new InvalidOperationException("The storage has no connection string. Set PipelinesStorageOptions.ConnectionString.");
        }

        if (Outbox.Lease <= Outbox.SendTimeout)
        {
            throw new InvalidOperationException(
                $"Outbox.Lease ({Outbox.Lease}) must be longer than Outbox.SendTimeout ({Outbox.SendTimeout}), or a message that is still being sent is sent twice.");
        }
    }
}

/// <summary>What the bus's transport promises.</summary>
public sealed class TransportOptions
{
    /// <summary>
    /// True for a broker (RabbitMQ): a row is deleted once the broker has confirmed it. False for the in-memory transport: a row stays until
    /// its consumers have committed, and is sent again by the next process. Default true.
    /// </summary>
    public bool KeepsMessages { get; set; } = true;

    /// <summary>How long a start waits for an earlier process on this database to let go, before it refuses. Default 10 s.</summary>
    public TimeSpan WaitForOtherProcess { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>How the outbox is sent.</summary>
public sealed class OutboxOptions
{
    /// <summary>Sends under way at once. Hundreds waiting for confirms when a connection dies can wedge the client. Default 16.</summary>
    public int ConcurrentSends { get; set; } = 16;

    /// <summary>How long one send may take. Default 5 s.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a row belongs to whoever sends it; after that another process may. Default 15 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The relay looks at least this often, for what other processes have left. Default 500 ms.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Rows the relay takes at once. Default 200.</summary>
    public int BatchSize { get; set; } = 200;

    /// <summary>How long after a failed send the next try comes. Default 1 s.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Rows due and none delivered for this long is worth a warning. Default 15 s.</summary>
    public TimeSpan WedgedAfter { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>What is thrown away, and when.</summary>
public sealed class HousekeepingOptions
{
    /// <summary>How long a consumed message is remembered, hence how late it may be delivered again. Default 7 days.</summary>
    public TimeSpan InboxKept { get; set; } = TimeSpan.FromDays(7);

    /// <summary>In-memory transport only: how long a sent message waits for somebody to consume it. Default 1 day.</summary>
    public TimeSpan UnconsumedKept { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Time between two rounds. Default 1 minute.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Rows a delete takes at most. Default 1000.</summary>
    public int BatchSize { get; set; } = 1000;
}
