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

    /// <summary>When something is taken to stand still.</summary>
    public WatchdogOptions Watchdog { get; } = new();

    /// <summary>How schedules are started.</summary>
    public ScheduleOptions Schedules { get; } = new();

    /// <summary>Who reads the feed of events in this installation: each hears everything from the first start that names it. Default none.</summary>
    public IList<string> FeedReaders { get; } = [];

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

    /// <summary>
    /// After so many deliveries without an end a message is taken to be what ends the process, and is set aside. A broker counts them in
    /// <c>x-delivery-count</c>; in memory each start that finds it counts. Default 25.
    /// </summary>
    public int DeadlyAfter { get; set; } = 25;

    /// <summary>
    /// Whether the broker answers somebody who is not the bus: a bus that delivers nothing although it does is started again. Null is never asked.
    /// </summary>
    public Func<CancellationToken, Task<bool>>? BrokerAnswers { get; set; }

    /// <summary>
    /// A bus that is not connected with all its queues for this long, while the broker answers, is started again. Default 45 s: the bus itself tries again after 36 s at the latest.
    /// </summary>
    public TimeSpan UnwellAfter { get; set; } = TimeSpan.FromSeconds(45);

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

    /// <summary>Rows due and none delivered for this long is worth a warning, and the bus is started again when the broker has answered others for as long. Default 15 s.</summary>
    public TimeSpan WedgedAfter { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>When something is taken to stand still.</summary>
public sealed class WatchdogOptions
{
    /// <summary>Time between two looks. Default 15 s.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after its deadline a saga whose timer is gone is woken. Default 30 s.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long after its acceptance a promotion that no conductor knows is begun. Default 1 minute.</summary>
    public TimeSpan BeginPatience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long after it was woken in vain it is woken again; doubles each time, up to 60 times this. Default 1 minute.</summary>
    public TimeSpan AgainAfter { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>How schedules are started.</summary>
public sealed class ScheduleOptions
{
    /// <summary>It is looked at least this often: other processes write schedules too, and a clock may jump. Default 500 ms.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A time that is taken up later than this counts as missed, and goes by the schedule's catchUp. Default 5 minutes.</summary>
    public TimeSpan LateAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Schedules that are started in one transaction at most. Default 1000.</summary>
    public int BatchSize { get; set; } = 1000;

    /// <summary>
    /// While more are due than one transaction starts, the work on those that were started waits so long: what is due comes first. Default 5 s.
    /// </summary>
    public TimeSpan BurstHeldBack { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one is in the hands of a process that asks instances for it; should that die, another has it then. Default 30 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>What is thrown away, and when.</summary>
public sealed class HousekeepingOptions
{
    /// <summary>How long a consumed message is remembered, hence how late it may be delivered again. Default 7 days.</summary>
    public TimeSpan InboxKept { get; set; } = TimeSpan.FromDays(7);

    /// <summary>In-memory transport only: how long a sent message waits for somebody to consume it. Default 1 day.</summary>
    public TimeSpan UnconsumedKept { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long the sagas of a promotion that has ended are kept. Its rows and its timeline stay. Default 30 days.</summary>
    public TimeSpan SagasKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long flows are kept that no promotion under way, and none that ended since, refers to; what a pipeline brought last always is. Default 180 days.</summary>
    public TimeSpan SnapshotsKept { get; set; } = TimeSpan.FromDays(180);

    /// <summary>How long a message that was set aside is kept after it was replayed. Default 30 days.</summary>
    public TimeSpan ReplayedKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long one is kept that nobody replayed or discarded. Default 365 days.</summary>
    public TimeSpan DeadLettersKept { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How long events are kept that all their readers have read. Default 7 days.</summary>
    public TimeSpan FeedKept { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long they wait for a reader that does not come, such as a relay whose broker is away. Default 30 days.</summary>
    public TimeSpan FeedUnreadKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long it is remembered which deliveries of webhooks were refused, or came twice. Default 30 days.</summary>
    public TimeSpan HookDeliveriesKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long it is shown what became of a schedule's times. Default 30 days.</summary>
    public TimeSpan ScheduleRunsKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long deliveries to webhook subscribers are kept, so that they can be seen and sent again. Default 30 days.</summary>
    public TimeSpan DeliveriesKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long it is known who changed tokens, schedules, webhooks and messages that were set aside. Default 730 days.</summary>
    public TimeSpan AuditKept { get; set; } = TimeSpan.FromDays(730);

    /// <summary>Time between two rounds. Default 1 minute.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Rows a delete takes at most. Default 1000.</summary>
    public int BatchSize { get; set; } = 1000;
}
