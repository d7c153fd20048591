using System.Text;
using Dapper;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Engine;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Engine.Feed;
using Pipelines.Engine.Triggers;
using Pipelines.Storage;
using Pipelines.Storage.Outbox;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>The engine on a real PostgreSQL with the in-memory transport, and a plant of fake Node-REDs to promote on: for faults that a real one does not produce on demand.</summary>
internal sealed class PromotionPlant : IAsyncDisposable
{
    /// <summary>For a promotion to get where it should, in seconds.</summary>
    private const int Patience = 60;

    private readonly string _connection;
    private readonly Action<PipelinesStorageOptions>? _configureStorage;
    private IHost? _engine;

    private PromotionPlant(
        string connection, FakeNodeRed development, IReadOnlyList<FakeNodeRed> replicas, IHost engine, Action<PipelinesStorageOptions>? configureStorage)
    {
        _connection = connection;
        _configureStorage = configureStorage;
        Development = development;
        Replicas = replicas;
        _engine = engine;
    }

    private IHost Engine => _engine ?? throw new InvalidOperationException("The engine was stopped.");

    public FakeNodeRed Development { get; }

    public IReadOnlyList<FakeNodeRed> Replicas { get; }

    public FakeNodeRed this[int index] => Replicas[index];

    /// <summary>The settings of the rollout stage, as YAML on one line; quick ones, so that a test about retries need not wait for them.</summary>
    public string Rollout { get; set; } = Quick();

    public string Root { get; set; } = "";

    /// <summary>The pipeline's name.</summary>
    public string Name { get; set; } = "line";

    public string Instance { get; set; } = "";

    public static string Quick(string more = "") =>
        "{ to: plant, soak: 0s, retries: { attempts: 3, firstDelay: 20ms, maxDelay: 50ms }, restoreRetries: { attempts: 4, firstDelay: 20ms, maxDelay: 50ms }, "
        + $"verification: {{ startTimeout: 2s }}, deadlines: {{ answer: 10s, wave: 1m, stage: 2m }}{(more.Length > 0 ? $", {more}" : "")} }}";

    public static string Flows(string version, string extra = "") =>
        $$"""[{"id":"t1","type":"tab","label":"Plant"},{"id":"in","type":"http in","z":"t1","url":"/version","method":"get","x":1,"y":1,"wires":[["say"]]},{"id":"say","type":"template","z":"t1","template":"{{version}}","x":2,"y":1,"wires":[["out"]]},{"id":"out","type":"http response","z":"t1","x":3,"y":1,"wires":[]}{{extra}}]""";

    /// <param name="database">A database that holds something already; null takes a new one.</param>
    public static async Task<PromotionPlant> StartAsync(
        int replicas = 2, Action<int, FakeNodeRedOptions>? configure = null, Action<PipelinesStorageOptions>? configureStorage = null, Func<FakeNodeRed, IReadOnlyList<FakeNodeRed>, Task<string>>? database = null)
    {
        var development = await FakeNodeRed.StartAsync("dev", o => o.Flows = Flows("v2"));
        var fakes = new List<FakeNodeRed>();
        for (var i = 0; i < replicas; i++)
        {
            var index = i;
            fakes.Add(await FakeNodeRed.StartAsync($"r{i}", o =>
            {
                o.Flows = Flows("v1");
                configure?.Invoke(index, o);
            }));
        }

        var connection = database is null ? await Cluster.NewMigratedDatabaseAsync() : await database(development, fakes);
        return new PromotionPlant(connection, development, fakes, await StartEngineAsync(connection, configureStorage), configureStorage);
    }

    public async Task RestartEngineAsync()
    {
        await StopEngineAsync();
        _engine = await StartEngineAsync(_connection, _configureStorage);
    }

    public async Task StopEngineAsync()
    {
        if (_engine is { } engine)
        {
            _engine = null;
            await engine.StopAsync();
            engine.Dispose();
        }
    }

    public DecisionGate Gate => Engine.Services.GetRequiredService<DecisionGate>();

    public TestTransport Transport => (TestTransport)Engine.Services.GetRequiredService<IOutboxTransport>();

    /// <summary>From now on what the engine sends is gone, as if its process had died each time with the message in its memory.</summary>
    public void LoseWhatIsSent(bool lose) => Transport.Instead = lose ? _ => Task.CompletedTask : null;

    public Task CleanAsync() => Engine.Services.GetRequiredService<Pipelines.Storage.Hosting.Housekeeping>().CleanAsync(CancellationToken.None);

    /// <summary>Asks the feed of events, in a scope of its own.</summary>
    public async Task<T> FeedAsync<T>(Func<IFeed, Task<T>> ask)
    {
        await using var scope = Engine.Services.CreateAsyncScope();
        return await ask(scope.ServiceProvider.GetRequiredService<IFeed>());
    }

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync();
        return connection;
    }

    public async Task<Guid> PromoteAsync(string? key = null, string? digest = null, string? until = null)
    {
        await using var scope = Engine.Services.CreateAsyncScope();
        var definition = until is null ? Definition() : Definition().EndingAfter(until);
        var receipt = await scope.ServiceProvider.GetRequiredService<IPromotionIntake>().AcceptAsync(
            new PromotionRequest(key ?? Guid.NewGuid().ToString(), definition, digest, "api", "a test", null), CancellationToken.None);
        return receipt.PromotionId;
    }

    public async Task SayAsync<T>(T message)
        where T : class
    {
        await using var scope = Engine.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(message);
        await scope.ServiceProvider.GetRequiredService<Pipelines.Storage.Durable.UnitOfWork>().CommitAsync();
    }

    /// <summary>Waits for a state and returns the promotion; on time-out its timeline explains what happened instead.</summary>
    public async Task<PromotionRow> WaitForAsync(Guid id, params string[] states)
    {
        PromotionRow? row = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                await using var connection = new NpgsqlConnection(_connection);
                row = await connection.QuerySingleAsync<PromotionRow>("select id, state, reason, snapshot_digest as snapshotdigest, ended_at is not null as ended from promotion where id = @id", new { id });
                return states.Contains(row.State);
            },
            async () => $"promotion {id} is {row?.State} ({row?.Reason}) and not {string.Join(" or ", states)}.\n{await TimelineAsync(id)}",
            Patience);
        return row!;
    }

    /// <summary>Waits until the rollout of a promotion is in that state.</summary>
    public Task StageIsAsync(Guid id, string state) => Eventually.HoldsAsync(
        () => AskAsync<bool>("select exists (select from promotion_stage where promotion_id = @id and kind = 'rollout' and state = @state)", new { id, state }),
        async () => $"the rollout of {id} never was {state}.\n{await TimelineAsync(id)}",
        Patience);

    /// <summary>Waits until a replica of a promotion is in that state.</summary>
    public Task ReplicaIsAsync(Guid id, string replica, string state) => Eventually.HoldsAsync(
        () => AskAsync<bool>("select exists (select from promotion_replica where promotion_id = @id and replica = @replica and state = @state)", new { id, replica, state }),
        async () => $"{replica} never was {state}.\n{await TimelineAsync(id)}",
        Patience);

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    public async Task<string> TimelineAsync(Guid id)
    {
        await using var connection = new NpgsqlConnection(_connection);
        var lines = await connection.QueryAsync<string>("select seq || ' ' || to_char(at, 'HH24:MI:SS.MS') || ' ' || type || ' ' || data from promotion_event where promotion_id = @id order by seq", new { id });
        return string.Join('\n', lines);
    }

    public async Task<T> AskAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = new NpgsqlConnection(_connection);
        return (await connection.QuerySingleAsync<T>(sql, arguments))!;
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = new NpgsqlConnection(_connection);
        return [.. await connection.QueryAsync<T>(sql, arguments)];
    }

    public async ValueTask DisposeAsync()
    {
        await StopEngineAsync();
        await Development.DisposeAsync();
        foreach (var replica in Replicas)
        {
            await replica.DisposeAsync();
        }
    }

    private PinnedDefinition Definition()
    {
        var instances = new StringBuilder("instances:\n");
        instances.AppendLine($"  dev:\n    admin: {Development.AdminUrl}\n    access: {{ token: \"${{env:FAKE_TOKEN}}\" }}");
        instances.AppendLine("  plant:\n    access: { token: \"${env:FAKE_TOKEN}\" }\n    timeouts: { connect: 1s, request: 2s, deploy: 3s }\n    replicas:");
        foreach (var replica in Replicas)
        {
            instances.AppendLine($"      {replica.Name}: {{ admin: {replica.AdminUrl}, flows: {replica.FlowsUrl} }}");
        }

        instances.Append(Instance);
        var pipeline = $"name: {Name}\n{Root}stages:\n  - snapshot: {{ from: dev, retries: {{ attempts: 3, firstDelay: 20ms, maxDelay: 50ms }} }}\n"
            + $"  - validate: {{ retries: {{ attempts: 2, firstDelay: 20ms, maxDelay: 50ms }} }}\n  - rollout: {Rollout}\n";
        return DefinitionSet.Parse([new DefinitionFile("instances.yaml", instances.ToString()), new DefinitionFile("line.pipeline.yaml", pipeline)]).Pin(Name);
    }

    private static async Task<IHost> StartEngineAsync(string connection, Action<PipelinesStorageOptions>? configureStorage)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(new SecretResolver(_ => "fake-token", File.ReadAllText));
        builder.Services.AddSingleton<IOutboxTransport>(provider =>
            new TestTransport(new BusTransport(new Lazy<IBus>(provider.GetRequiredService<IBus>), TimeProvider.System)));
        builder.Services.AddPipelinesStorage(options =>
        {
            options.ConnectionString = connection;
            options.Transport.KeepsMessages = false;
            configureStorage?.Invoke(options);
        });
        builder.Services.AddPromotionStores();
        builder.Services.AddPromotionEngine();
        builder.Services.AddMassTransit(bus =>
        {
            bus.AddPromotions();
            bus.UsingInMemory((context, configurator) => configurator.ConfigureEndpoints(context));
        });
        var host = builder.Build();
        await host.StartAsync();
        await host.Services.GetRequiredService<Pipelines.Storage.Hosting.IStorageReadiness>().WhenReadyAsync(CancellationToken.None);
        return host;
    }
}

internal sealed record PromotionRow
{
    public Guid Id { get; init; }

    public string State { get; init; } = "";

    public string? Reason { get; init; }

    public string? SnapshotDigest { get; init; }

    public bool Ended { get; init; }
}
