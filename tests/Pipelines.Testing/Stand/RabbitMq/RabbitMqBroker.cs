using System.Net;
using System.Net.Sockets;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand.RabbitMq;

/// <summary>A private broker: from local binaries, else from Debian's package, else from Docker, in this order.</summary>
public sealed class RabbitMqBroker : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IRabbitMqHost _host;
    private ChildProcess? _server;

    private RabbitMqBroker(IRabbitMqHost host) => _host = host;

    public Uri ConnectionUri => new($"amqp://guest:guest@127.0.0.1:{_host.Port}/");

    public string Source => _host.Source;

    public bool IsRunning => _server is { HasExited: false };

    public static async Task<RabbitMqBroker> StartAsync(CancellationToken cancellationToken = default)
    {
        var broker = new RabbitMqBroker(await ChooseAsync(cancellationToken));
        try
        {
            await broker.StartAgainAsync(cancellationToken);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops as an operator would; durable queues and their messages are kept.</summary>
    public async Task StopAsync()
    {
        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        _server = null;
    }

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        if (_server is { HasExited: false } server)
        {
            await _host.KillAsync(server);
        }

        await StopAsync();
    }

    /// <summary>Freezes the broker: connections stay open and nothing is answered. Local binaries only.</summary>
    public void Pause() => _server?.Pause();

    public void Resume() => _server?.Resume();

    /// <summary>At the same port, with what was durable.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (IsRunning)
        {
            return;
        }

        var server = await _host.StartAsync(cancellationToken);
        _server = server;
        await Until.TrueAsync(
            $"RabbitMQ ({Source}) to greet on port {_host.Port}",
            async token => server.HasExited ? throw new InvalidOperationException(server.Explain()) : await GreetingAsync(token),
            Patience,
            () => server.Explain(),
            cancellationToken: cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _host.DisposeAsync();
    }

    private static async Task<IRabbitMqHost> ChooseAsync(CancellationToken cancellationToken)
    {
        if (RabbitMqBinaries.Find() is { } there)
        {
            return new LocalRabbitMq(there);
        }

        var noInstall = await RabbitMqBinaries.TryInstallAsync(cancellationToken);
        if (RabbitMqBinaries.Find() is { } installed)
        {
            return new LocalRabbitMq(installed);
        }

        if (await DockerRabbitMq.EngineAnswersAsync(cancellationToken))
        {
            return new DockerRabbitMq();
        }

        throw new RabbitMqMissingException(
            $"No RabbitMQ for the stand. Install it (Debian: apt-get install rabbitmq-server) or start Docker. Tried: no server script in /usr/lib/rabbitmq/lib; {noInstall}; no Docker engine answers.");
    }

    // An open port is not a broker yet: only a server that speaks AMQP answers the protocol header with a method frame (type 1).
    private async Task<string?> GreetingAsync(CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _host.Port, cancellationToken);
        await socket.SendAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), cancellationToken);
        var answer = new byte[1];
        var read = await socket.ReceiveAsync(answer, cancellationToken);
        return read == 1 && answer[0] == 1 ? null : $"{read} bytes, beginning with {answer[0]}";
    }
}
