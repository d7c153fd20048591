using System.Net;
using Pipelines.Testing.Stand.Network;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand.RabbitMq;

/// <summary>A broker from local binaries in a folder of its own, with a name server (epmd) of its own that ends with it.</summary>
internal sealed class LocalRabbitMq(RabbitMqBinaries binaries) : IRabbitMqHost
{
    private readonly string _folder = TempFolder.Create("rabbitmq");
    private readonly int _epmdPort = FreePort.Next();
    private readonly int _distributionPort = FreePort.Next();
    private readonly string _node = $"stand{Guid.NewGuid():N}"[..13] + "@localhost";
    private readonly LogBuffer _log = new();
    private ChildProcess? _epmd;

    public string Source => $"local binaries, {binaries.ServerScript.Split('/').First(part => part.StartsWith("rabbitmq_server-", StringComparison.Ordinal))}";

    public int Port { get; } = FreePort.Next();

    public async Task<ChildProcess> StartAsync(CancellationToken cancellationToken)
    {
        await WriteSettingsAsync(cancellationToken);
        // Erlang would start a name server that outlives everybody, were there none.
        if (_epmd is null || _epmd.HasExited)
        {
            _epmd = await ChildProcess.StartAsync(new("epmd", binaries.Epmd, "-port", $"{_epmdPort}", "-address", $"{IPAddress.Loopback}"), cancellationToken);
        }

        return await ChildProcess.StartAsync(
            new ChildProcessOptions("RabbitMQ", binaries.ServerScript)
            {
                Environment = Environment(),
                WorkingDirectory = _folder,
                Log = _log,
                Grace = TimeSpan.FromSeconds(15),
                FolderToRemoveWithParent = _folder,
            },
            cancellationToken);
    }

    public async Task KillAsync(ChildProcess server)
    {
        server.Kill();
        await server.Exited;
    }

    public async ValueTask DisposeAsync()
    {
        if (_epmd is not null)
        {
            await _epmd.DisposeAsync();
        }

        await TempFolder.RemoveAsync(_folder);
    }

    private async Task WriteSettingsAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "enabled_plugins"), "[].\n", cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "rabbitmq.conf"),
            $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            disk_free_limit.absolute = 50MB
            log.console.level = info

            """,
            cancellationToken);
    }

    private Dictionary<string, string?> Environment() => new()
    {
        ["HOME"] = _folder,
        ["ERL_EPMD_PORT"] = $"{_epmdPort}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODENAME"] = _node,
        ["RABBITMQ_NODE_PORT"] = $"{Port}",
        ["RABBITMQ_DIST_PORT"] = $"{_distributionPort}",
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "mnesia"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
        ["RABBITMQ_LOGS"] = "-",
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "enabled_plugins"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq.conf"),
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(_folder, "none.config"),
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder, "none.conf"),
        // Busy waiting schedulers cost a stand of two cores more than they give.
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+sbwt none +sbwtdcpu none +sbwtdio none +S 2:2",
    };
}
