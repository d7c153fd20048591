using System.Collections.Concurrent;
using Dapper;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NUnit.Framework;
using Pipelines.Storage;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Outbox;

namespace Pipelines.DatabaseTests;

/// <summary>One process as the service will be, in this one: a host with the durable core on a database, and a bus in memory.</summary>
internal sealed class Plant : IAsyncDisposable
{
    private readonly IHost _host;

    private Plant(IHost host, string connectionString)
    {
        _host = host;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    public IServiceProvider Services => _host.Services;

    public Journal Journal => Services.GetRequiredService<Journal>();

    /// <summary>Where a test kills the process: between commit and send, or after the send.</summary>
    public TestTransport Transport => (TestTransport)Services.GetRequiredService<IOutboxTransport>();

    public static async Task<Plant> StartAsync(
        string connectionString,
        Action<IBusRegistrationConfigurator> bus,
        Action<PipelinesStorageOptions>? options = null,
        Action<IServiceCollection>? services = null,
        bool untilReady = true,
        Action<IBusRegistrationConfigurator>? transport = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.Services.AddSingleton<ILoggerProvider, TestLog>();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton<Journal>();
        builder.Services.AddSingleton<IOutboxTransport>(provider =>
            new TestTransport(new BusTransport(new Lazy<IBus>(provider.GetRequiredService<IBus>), TimeProvider.System)));
        builder.Services.AddPipelinesStorage(storage =>
        {
            storage.ConnectionString = connectionString;
            storage.Transport.KeepsMessages = false;
            options?.Invoke(storage);
        });
        services?.Invoke(builder.Services);
        builder.Services.AddMassTransit(x =>
        {
            x.AddDurableCore();
            bus(x);
            if (transport is null)
            {
                x.UsingInMemory((context, configure) => configure.ConfigureEndpoints(context));
            }
            else
            {
                transport(x);
            }
        });
        var plant = new Plant(builder.Build(), connectionString);
        await plant._host.StartAsync();
        if (untilReady)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await plant.Services.GetRequiredService<IStorageReadiness>().WhenReadyAsync(patience.Token);
        }

        return plant;
    }

    /// <summary>Sends as an HTTP handler does: in a scope of its own, through its unit of work.</summary>
    public async Task PublishAsync(params object[] messages)
    {
        await using var scope = Services.CreateAsyncScope();
        var publish = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
        foreach (var message in messages)
        {
            await publish.Publish(message);
        }

        await scope.ServiceProvider.GetRequiredService<UnitOfWork>().CommitAsync();
    }

    public async Task<T?> ScalarAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        return await connection.ExecuteScalarAsync<T>(sql, arguments);
    }

    public async Task ExecuteAsync(string sql, object? arguments = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.ExecuteAsync(sql, arguments);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }

    private sealed class TestLog(Journal journal) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            journal.Add($"log {eventId.Id}");
            if (logLevel >= LogLevel.Error)
            {
                TestContext.Progress.WriteLine($"{logLevel} {eventId.Id}: {formatter(state, exception)} {exception?.Message}");
            }
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>What consumers did, as they did it.</summary>
internal sealed class Journal
{
    private readonly ConcurrentQueue<string> _entries = new();

    public void Add(string entry) => _entries.Enqueue(entry);

    public int Count(string entry) => _entries.Count(e => e == entry);

    public override string ToString() => _entries.IsEmpty ? "nothing happened" : string.Join(", ", _entries);
}

internal sealed class TestTransport(IOutboxTransport real) : IOutboxTransport
{
    private int _sent;

    /// <summary>Called in place of the send: (go on) sends, throwing is a failure, doing nothing loses the message in memory.</summary>
    public Func<Func<Task>, Task>? Instead { get; set; }

    public int Sent => _sent;

    public async Task SendAsync(Uri destination, Guid messageId, Envelope envelope, byte[] body, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _sent);
        Task Real() => real.SendAsync(destination, messageId, envelope, body, cancellationToken);
        await (Instead is { } instead ? instead(Real) : Real());
    }
}
