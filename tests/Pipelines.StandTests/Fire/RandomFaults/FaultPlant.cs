using System.Collections.Concurrent;
using Npgsql;
using Pipelines.StandTests.Fire.Auditing;
using Pipelines.Testing;
using Pipelines.Testing.Postgres;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Network;
using Pipelines.Testing.Stand.RabbitMq;
using Pipelines.Testing.Stand.Service;

namespace Pipelines.StandTests.Fire.RandomFaults;

/// <summary>Service processes on a database and a broker of their own, each connected through proxies that can be cut, and targets of fake replicas that outlive all of it.</summary>
internal sealed class FaultPlant : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string _secret = PromoteButton.NewSecret();
    private readonly string _folder = Directory.CreateTempSubdirectory("pipelines-faults-").FullName;
    private readonly List<FaultTarget> _targets = [];
    private readonly List<Seat> _seats = [];
    private readonly ConcurrentQueue<Receipt> _receipts = new();
    private PostgresServer _postgres = null!;
    private RabbitMqBroker? _broker;
    private int _version;

    public NpgsqlDataSource Database { get; private set; } = null!;

    public IReadOnlyList<FaultTarget> Targets => _targets;

    public IReadOnlyList<Seat> Seats => _seats;

    public IReadOnlyList<(FakeNodeRed Fake, TcpProxy Line)> Replicas => [.. _targets.SelectMany(x => x.Replicas)];

    public PostgresServer Postgres => _postgres;

    public RabbitMqBroker? Broker => _broker;

    public IEnumerable<Receipt> Receipts => _receipts;

    /// <summary>The one that dies for good is the last of the last target.</summary>
    public FaultTarget Gone => _targets[^1];

    /// <summary>The pipelines, in the order of their numbers: name, the target whose development instance it takes from, and its text.</summary>
    public IReadOnlyList<(string Name, int From, string Text)> Pipelines { get; } =
    [
        One(0), One(1), One(2, "waves: [1, 2], maxUnavailable: 2, "), One(3, "onFailure: hold, "), One(4, top: "whenBusy: supersede\n"), One(5), One(6), One(7), One(8),
        ("both", 1, $"name: both\nstages:\n  - snapshot: {{ from: dev-b, {Deadline} }}\n  - validate: {{ {Deadline} }}\n  - rollout: {{ to: t-a, {Quick} }}\n  - rollout: {{ to: t-b, {Quick} }}\n"),
    ];

    public FaultShape Shape => new(Pipelines.Count, Replicas.Count, _seats.Count, _broker is not null);

    private static string Retries => "retries: { attempts: 6, firstDelay: 50ms, maxDelay: 500ms }";

    private static string Deadline => $"{Retries}, deadline: 90s";

    private static string Quick =>
        $"soak: {{ duration: 150ms, interval: 50ms }}, {Retries}, restoreRetries: {{ attempts: 6, firstDelay: 50ms, maxDelay: 1s }}, verification: {{ startTimeout: 1500ms }}, attentionInterval: 3s, deadlines: {{ answer: 12s, wave: 60s, stage: 2m, turn: 90s }}";

    public static async Task<FaultPlant> StartAsync(int services, bool broker)
    {
        var plant = new FaultPlant();
        try
        {
            await plant.StartAllAsync(services, broker);
            return plant;
        }
        catch
        {
            await plant.DisposeAsync();
            throw;
        }
    }

    /// <summary>The author writes something new and presses; the platform presses again, with the same id, until somebody has accepted it.</summary>
    public async Task PressAsync(Press press, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(press);
        var (name, from, _) = Pipelines[press.Pipeline];
        _targets[from].Write(++_version, press.Lame);
        var key = $"msg_{_version}";
        var seat = press.Service;
        Guid? promotion = null;
        await Until.TrueAsync(
            $"somebody to accept {key} of {name}",
            async token => (promotion = await TryPressAsync(_seats[seat++ % _seats.Count], name, key, token)) is null ? "nobody did" : null,
            Patience,
            Explain,
            cancellationToken: cancellationToken);
        if (press.Twice)
        {
            await TryPressAsync(_seats[seat % _seats.Count], name, key, cancellationToken);
        }

        if (press.Aborted)
        {
            await TryPostAsync(_seats[press.Service], promotion!.Value, "abort", cancellationToken);
        }
    }

    /// <summary>Null when nobody answered, or not with yes.</summary>
    private async Task<Guid?> TryPressAsync(Seat seat, string pipeline, string key, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(4));
        try
        {
            using var client = new PromotionClient(seat.Service);
            var location = await client.PressAsync(new PromoteButton(seat.Service.Url, pipeline, _secret), key, patience.Token);
            var promotion = Guid.Parse(location.OriginalString.Split('/')[^1]);
            _receipts.Enqueue(new Receipt(key, promotion));
            return promotion;
        }
        catch (Exception e) when (e is HttpRequestException or InvalidOperationException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public static async Task TryPostAsync(Seat seat, Guid promotion, string verb, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(4));
        try
        {
            using var client = new PromotionClient(seat.Service);
            await client.PostAsync(new Uri($"promotions/{promotion}", UriKind.Relative), verb, patience.Token);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // Whoever was asked was dead or asleep.
        }
    }

    /// <summary>What the replicas have on record; that the one which is gone does not run is nobody's doing.</summary>
    public IEnumerable<ReplicaRecord> Records() =>
        _targets.SelectMany(x => x.Replicas.Select(replica => ReplicaRecord.Of($"t-{x.Name}", replica.Fake) is var record && !replica.Fake.IsAlive ? record with { Runs = null } : record));

    /// <summary>What the rows say; null while the database is away.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Pipeline, string State)>?> LiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = Database.CreateCommand("select id, pipeline, state from promotion where ended_at is null order by accepted_at");
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var live = new List<(Guid, string, string)>();
            while (await reader.ReadAsync(cancellationToken))
            {
                live.Add((reader.GetGuid(0), reader.GetString(1), reader.GetString(2)));
            }

            return live;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    /// <summary>Everything that was broken is whole again, but for the one that is gone.</summary>
    public async Task MendAsync()
    {
        await _postgres.StartAgainAsync();
        if (_broker is not null)
        {
            await _broker.StartAgainAsync();
        }

        foreach (var seat in _seats)
        {
            seat.Mend();
            seat.Service.Resume();
            await seat.Service.StartAgainAsync();
        }

        foreach (var (fake, line) in Replicas)
        {
            line.Mend();
            fake.Thaw();
            fake.Faults.Clear();
            if (fake != Gone.Replicas[^1].Fake)
            {
                await fake.ReviveAsync();
            }
        }

        foreach (var target in _targets)
        {
            target.Development.Faults.Clear();
        }
    }

    /// <summary>Waits for every promotion to end, but for those on the target whose replica is gone, which may need attention; and for nothing else to be left.</summary>
    public Task QuietAsync() => Until.TrueAsync(
        "everything to end",
        async token =>
        {
            var left = await LiveAsync(token);
            return left is null ? "the database is away"
                : left.Where(x => x.State != "NeedsAttention" || !IsOnGone(x.Pipeline)).ToList() is [_, ..] others ? $"{others.Count} are not: {string.Join(", ", others.Take(5))}"
                : await LeftOverAsync(token);
        },
        Patience,
        Explain);

    public string Explain() => string.Join("\n\n", _seats.Select(x => $"{x.Name}:\n{x.Service.LogTail(60)}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var seat in _seats)
        {
            await seat.DisposeAsync();
        }

        if (Database is not null)
        {
            await Database.DisposeAsync();
        }

        foreach (var target in _targets)
        {
            await target.DisposeAsync();
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static (string Name, int From, string Text) One(int target, string settings = "", string top = "")
    {
        var name = $"p{(char)('a' + target)}";
        var letter = (char)('a' + target);
        return (name, target, $"name: {name}\n{top}stages:\n  - snapshot: {{ from: dev-{letter}, {Deadline} }}\n  - validate: {{ {Deadline} }}\n  - rollout: {{ to: t-{letter}, {settings}{Quick} }}\n");
    }

    private bool IsOnGone(string pipeline) => Pipelines.First(x => x.Name == pipeline).Text.Contains($"t-{Gone.Name}", StringComparison.Ordinal);

    private async Task<string?> LeftOverAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = Database.CreateCommand(
                """
                select concat_ws(', ',
                    (select nullif(count(*), 0) || ' in the outbox, to ' || min(destination) from outbox where visible_at < now() - interval '1 s'),
                    (select nullif(count(*), 0) || ' events for ' || min(reader) from feed, feed_reader where number is null or number > position))
                """);
            return await command.ExecuteScalarAsync(cancellationToken) is string { Length: > 0 } left ? left : null;
        }
        catch (NpgsqlException e)
        {
            return e.Message;
        }
    }

    private async Task StartAllAsync(int services, bool broker)
    {
        _postgres = await PostgresServer.StartAsync();
        _broker = broker ? await RabbitMqBroker.StartAsync() : null;
        var database = await _postgres.CreateDatabaseAsync("faults");
        Database = NpgsqlDataSource.Create(database);
        foreach (var (letter, replicas) in new[] { ("a", 2), ("b", 2), ("c", 4), ("d", 2), ("e", 3), ("f", 2), ("g", 2), ("h", 3), ("i", 2) })
        {
            _targets.Add(await FaultTarget.StartAsync(letter, replicas));
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "instances.yaml"), $"instances:\n{string.Concat(_targets.Select(x => x.Instances))}");
        foreach (var (name, _, text) in Pipelines)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, $"{name}.pipeline.yaml"), text);
        }

        for (var i = 0; i < services; i++)
        {
            _seats.Add(await Seat.StartAsync(
                new ServiceOptions(database)
                {
                    Name = $"service {i}",
                    Definitions = _folder,
                    RabbitMq = _broker?.ConnectionUri,
                    Environment = new Dictionary<string, string?> { ["Pipelines__Hooks__Default__Secrets__0"] = _secret, ["FAKE_TOKEN"] = "fake-token" },
                }));
        }
    }
}

/// <summary>A service process with the lines to its database and its broker.</summary>
internal sealed class Seat : IAsyncDisposable
{
    private Seat(string name, TcpProxy database, TcpProxy? bus) => (Name, Database, Bus) = (name, database, bus);

    public string Name { get; }

    public TcpProxy Database { get; }

    public TcpProxy? Bus { get; }

    public ServiceProcess Service { get; private set; } = null!;

    public static async Task<Seat> StartAsync(ServiceOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        var seat = new Seat(options.Name, TcpProxy.To(connection.Port), options.RabbitMq is { } broker ? TcpProxy.To(broker) : null);
        connection.Port = seat.Database.Port;
        connection.Host = "127.0.0.1";
        seat.Service = await ServiceProcess.StartAsync(options with { ConnectionString = connection.ConnectionString, RabbitMq = options.RabbitMq is { } bus ? seat.Bus!.Through(bus) : null });
        return seat;
    }

    public void Mend()
    {
        Database.Mend();
        Bus?.Mend();
    }

    public async ValueTask DisposeAsync()
    {
        Mend();
        if (Service is not null)
        {
            Service.Resume();
            await Service.DisposeAsync();
        }

        await Database.DisposeAsync();
        if (Bus is not null)
        {
            await Bus.DisposeAsync();
        }
    }
}
