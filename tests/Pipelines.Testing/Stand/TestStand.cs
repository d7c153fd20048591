using Pipelines.Testing.Postgres;
using Pipelines.Testing.Stand.NodeRed;
using Pipelines.Testing.Stand.RabbitMq;

namespace Pipelines.Testing.Stand;

/// <summary>
/// A plant of real processes: PostgreSQL, RabbitMQ when asked for, a development Node-RED, and a production instance of several replicas.
/// Start one for a test run and call <see cref="ResetAsync"/> before each test.
/// </summary>
public sealed class TestStand : IAsyncDisposable
{
    private readonly StandOptions _options;
    private readonly NodeRedInstall _install;
    private readonly RabbitMqBroker? _broker;
    private int _databases;

    private TestStand(StandOptions options, NodeRedInstall install, PostgresServer postgres, RabbitMqBroker? broker, NodeRedProcess development, HaInstance production)
    {
        _options = options;
        _install = install;
        _broker = broker;
        Postgres = postgres;
        Development = development;
        Production = production;
    }

    public PostgresServer Postgres { get; }

    public RabbitMqBroker Broker => _broker ?? throw new InvalidOperationException("This stand has no broker. Start it with StandOptions.RabbitMq = true.");

    public bool HasBroker => _broker is not null;

    public NodeRedProcess Development { get; }

    public HaInstance Production { get; }

    public static async Task<TestStand> StartAsync(StandOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new StandOptions();
        var postgres = PostgresServer.StartAsync(cancellationToken: cancellationToken);
        var broker = options.RabbitMq ? RabbitMqBroker.StartAsync(cancellationToken) : null;
        var nodeReds = StartNodeRedsAsync(options, cancellationToken);
        try
        {
            await Task.WhenAll(new Task?[] { postgres, broker, nodeReds }.OfType<Task>());
        }
        catch
        {
            await DisposeStartedAsync(nodeReds, broker, postgres);
            throw;
        }

        var (install, development, production) = await nodeReds;
        return new TestStand(options, install, await postgres, broker is null ? null : await broker, development, production);
    }

    /// <summary>An empty database of its own for a test.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> CreateDatabaseAsync(string name = "stand", CancellationToken cancellationToken = default) =>
        Postgres.CreateDatabaseAsync($"{name}_{Interlocked.Increment(ref _databases)}", cancellationToken: cancellationToken);

    /// <summary>Everything up and awake, and the baseline on the development instance and on every replica.</summary>
    public async Task ResetAsync(CancellationToken cancellationToken = default)
    {
        await Task.WhenAll(Production.Replicas.Append(Development).Select(instance => ResetAsync(instance, cancellationToken)));
        if (_broker is not null)
        {
            _broker.Resume();
            await _broker.StartAgainAsync(cancellationToken);
        }
    }

    /// <summary>One more Node-RED, about 0.7 s; the caller disposes it.</summary>
    public Task<NodeRedProcess> StartNodeRedAsync(NodeRedOptions options, CancellationToken cancellationToken = default) =>
        NodeRedProcess.StartAsync(_install, options, cancellationToken);

    /// <summary>One more instance of several replicas; the caller disposes it.</summary>
    public Task<HaInstance> StartInstanceAsync(
        string name,
        int replicas,
        string? flows = null,
        Func<NodeRedOptions, NodeRedOptions>? adjust = null,
        CancellationToken cancellationToken = default) =>
        HaInstance.StartAsync(_install, name, replicas, flows ?? _options.Baseline, _options.Supervised, adjust, cancellationToken);

    public async ValueTask DisposeAsync() => await Task.WhenAll(
        Development.DisposeAsync().AsTask(),
        Production.DisposeAsync().AsTask(),
        _broker?.DisposeAsync().AsTask() ?? Task.CompletedTask,
        Postgres.DisposeAsync().AsTask());

    private static async Task<(NodeRedInstall Install, NodeRedProcess Development, HaInstance Production)> StartNodeRedsAsync(StandOptions options, CancellationToken cancellationToken)
    {
        var install = await NodeRedInstall.EnsureAsync(cancellationToken);
        var production = HaInstance.StartAsync(install, "production", options.Replicas, options.Baseline, options.Supervised, x => x with { MaxOldSpace = options.MaxOldSpace }, cancellationToken);
        var development = NodeRedProcess.StartAsync(install, new NodeRedOptions("development") { Development = true, User = "author", Password = "author", Flows = options.Baseline, MaxOldSpace = options.MaxOldSpace }, cancellationToken);
        try
        {
            await Task.WhenAll(production, development);
            await (await development).RunningAsync(cancellationToken);
        }
        catch
        {
            await DisposeStartedAsync(production, development);
            throw;
        }

        return (install, await development, await production);
    }

    private async Task ResetAsync(NodeRedProcess instance, CancellationToken cancellationToken)
    {
        instance.Resume();
        await instance.StartAgainAsync(cancellationToken);
        // Flows that crash their runtime may take the deploy with them.
        await Until.TrueAsync(
            $"{instance.Name} to take the baseline",
            async token =>
            {
                var wanted = await instance.Admin.DeployAsync(_options.Baseline, token);
                var runs = await instance.Admin.FlowsAsync(token);
                return runs?.Revision == wanted ? await instance.Admin.NotRunningAsync(token) : $"revision {runs?.Revision ?? "null"} instead of {wanted}";
            },
            TimeSpan.FromSeconds(30),
            instance.Explain,
            cancellationToken: cancellationToken);
    }

    private static async Task DisposeStartedAsync(params Task?[] starting)
    {
        foreach (var task in starting.Where(task => task is { IsCompletedSuccessfully: true }))
        {
            switch (task)
            {
                case Task<PostgresServer> postgres:
                    await (await postgres).DisposeAsync();
                    break;
                case Task<RabbitMqBroker> broker:
                    await (await broker).DisposeAsync();
                    break;
                case Task<NodeRedProcess> nodeRed:
                    await (await nodeRed).DisposeAsync();
                    break;
                case Task<HaInstance> instance:
                    await (await instance).DisposeAsync();
                    break;
                case Task<(NodeRedInstall Install, NodeRedProcess Development, HaInstance Production)> all:
                    await (await all).Development.DisposeAsync();
                    await (await all).Production.DisposeAsync();
                    break;
            }
        }
    }
}
