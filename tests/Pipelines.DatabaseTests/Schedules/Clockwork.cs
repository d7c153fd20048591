using System.Text;
using Dapper;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Pipelines.Engine;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Engine.Triggers.Schedules;
using Pipelines.Storage;
using Pipelines.Storage.Audit;
using Pipelines.Storage.Schedules;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Schedules;

/// <summary>A database, a clock that the test moves, and engines of which only the schedules run: what they start is accepted, and waits in the outbox.</summary>
internal sealed class Clockwork : IAsyncDisposable
{
    private readonly List<ScheduleEngine> _engines = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("pipelines-clockwork-").FullName;

    private Clockwork(string connection) => Connection = connection;

    public string Connection { get; }

    public FakeTimeProvider Time { get; } = new(Moment("2027-03-01T00:00:00Z"));

    public static async Task<Clockwork> CreateAsync(string schedules, string root = "")
    {
        var clockwork = new Clockwork(await Cluster.NewMigratedDatabaseAsync());
        clockwork.Define(schedules, root);
        return clockwork;
    }

    public void Define(string schedules, string root = "", string? instances = null)
    {
        File.WriteAllText(Path.Combine(_folder, "instances.yaml"), instances ?? "instances:\n  dev: { admin: http://127.0.0.1:9/ }\n  plant: { replicas: { a: http://127.0.0.1:10/, b: http://127.0.0.1:11/ } }\n");
        File.WriteAllText(
            Path.Combine(_folder, "line.pipeline.yaml"),
            $"name: line\n{root}schedules:\n{schedules}\nstages:\n  - snapshot: {{ from: dev }}\n  - validate:\n  - rollout: {{ to: plant }}\n");
    }

    public static string InstancesOf(FakeNodeRed development, params FakeNodeRed[] replicas)
    {
        var text = new StringBuilder($"instances:\n  dev: {{ admin: {development.AdminUrl}, access: {{ token: \"${{env:FAKE_TOKEN}}\" }} }}\n  plant:\n    access: {{ token: \"${{env:FAKE_TOKEN}}\" }}\n    replicas:\n");
        foreach (var replica in replicas)
        {
            text.AppendLine($"      {replica.Name}: {{ admin: {replica.AdminUrl}, flows: {replica.FlowsUrl} }}");
        }

        return text.ToString();
    }

    /// <summary>Another process; it has read the definitions as they are now.</summary>
    public async Task<ScheduleEngine> EngineAsync(TimeProvider? time = null)
    {
        var engine = new ScheduleEngine(Connection, _folder, time ?? Time);
        _engines.Add(engine);
        await engine.TakeUpAsync();
        return engine;
    }

    public void At(string moment) => Time.AdjustTime(Moment(moment));

    /// <summary>What became of the times, as <c>02:00 Started</c>.</summary>
    public async Task<IReadOnlyList<string>> RunsAsync(string name = "s")
    {
        await using var connection = new NpgsqlConnection(Connection);
        return [.. await connection.QueryAsync<string>(
            "select to_char(nominal_at at time zone 'utc', 'HH24:MI') || ' ' || outcome from schedule_run where name = @name order by nominal_at", new { name })];
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(Connection);
        return [.. await connection.QueryAsync<T>(sql)];
    }

    public async Task<T> AskAsync<T>(string sql) => (await QueryAsync<T>(sql)).Single();

    public Task EndAsync() => QueryAsync<int>("update promotion set state = 'Succeeded', ended_at = now() where ended_at is null returning 1");

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in _engines)
        {
            await engine.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The schedules of one process, moved by hand.</summary>
internal sealed class ScheduleEngine : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public ScheduleEngine(string connection, string folder, TimeProvider time)
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(time)
            .AddDefinitions(new DefinitionOptions { Folder = folder })
            .AddSingleton(new SecretResolver(_ => "fake-token", File.ReadAllText))
            .AddPipelinesStorage(options => options.ConnectionString = connection)
            .AddPromotionStores()
            .AddPromotionEngine()
            .AddSchedules()
            .AddMassTransit(bus =>
            {
                bus.AddPromotions();
                bus.UsingInMemory((context, configurator) => configurator.ConfigureEndpoints(context));
            })
            .BuildServiceProvider();
        Shelf.LoadOrThrow();
    }

    public DefinitionShelf Shelf => _services.GetRequiredService<DefinitionShelf>();

    public ScheduleStarter Starter => _services.GetRequiredService<ScheduleStarter>();

    public T Service<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Task<ScheduleBook> TakeUpAsync() => _services.GetRequiredService<ScheduleKeeper>().BookAsync(CancellationToken.None);

    /// <summary>What its loops do, until nothing is due any more.</summary>
    public async Task TickAsync()
    {
        var book = await TakeUpAsync();
        Starter.Use(book);
        while (await Starter.StartWaitingAsync(book, CancellationToken.None) + await Starter.StartTogetherAsync(book, CancellationToken.None)
            + await Starter.StartAloneAsync(book, CancellationToken.None) > 0)
        {
        }
    }

    public async Task<T> AskStoreAsync<T>(Func<ScheduleStore, Task<T>> ask)
    {
        await using var scope = _services.CreateAsyncScope();
        return await ask(scope.ServiceProvider.GetRequiredService<ScheduleStore>());
    }

    public async Task PauseAsync(bool paused, string name = "s")
    {
        var schedule = (await TakeUpAsync()).Find("line", name)!;
        await AskStoreAsync(store => paused ? store.PauseAsync(schedule, new Actor("ada"), CancellationToken.None) : store.ResumeAsync(schedule, new Actor("ada"), CancellationToken.None));
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
