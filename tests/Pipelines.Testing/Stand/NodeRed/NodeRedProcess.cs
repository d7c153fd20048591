using Pipelines.Testing.Stand.Network;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand.NodeRed;

/// <summary>A real Node-RED, alone in a folder and on a port that both stay over its lives.</summary>
public sealed class NodeRedProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly NodeRedInstall _install;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly LogBuffer _log = new();
    private volatile ChildProcess? _process;
    private volatile bool _wanted;
    private int _restarts;
    private Task _supervision = Task.CompletedTask;

    private NodeRedProcess(NodeRedInstall install, NodeRedOptions options)
    {
        _install = install;
        Options = options;
        Port = options.Port == 0 ? FreePort.Next() : options.Port;
        Folder = TempFolder.Create($"node-red-{options.Name}");
        Admin = new NodeRedAdmin(this);
    }

    public string Name => Options.Name;

    public NodeRedOptions Options { get; }

    public int Port { get; }

    /// <summary>Its user directory.</summary>
    public string Folder { get; }

    /// <summary>Where its flows answer.</summary>
    public Uri FlowsUrl => new($"http://127.0.0.1:{Port}/");

    /// <summary>Where its admin API answers, with a slash at the end.</summary>
    public Uri AdminUrl => new(FlowsUrl, $"{Options.AdminRoot.Trim('/')}/".TrimStart('/'));

    public string Token => Options.Token;

    /// <summary>What a test needs of the admin API; not the client under test.</summary>
    public NodeRedAdmin Admin { get; }

    /// <summary>How often the supervisor started it again.</summary>
    public int RestartCount => Volatile.Read(ref _restarts);

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The operating system's id of the life that runs now.</summary>
    public int? ProcessId => _process is { HasExited: false } process ? process.Id : null;

    public string FlowFile => Path.Combine(Folder, "flows.json");

    /// <summary>Ends with the exit code of the life that runs now.</summary>
    public Task<int> Exited => (_process ?? throw new InvalidOperationException($"{Name} was never started.")).Exited;

    public static async Task<NodeRedProcess> StartAsync(NodeRedInstall install, NodeRedOptions options, CancellationToken cancellationToken = default)
    {
        var instance = new NodeRedProcess(install, options);
        try
        {
            await File.WriteAllTextAsync(instance.FlowFile, options.Flows, cancellationToken);
            await instance.StartAgainAsync(cancellationToken);
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    /// <summary>Its flow file as it lies on its disk.</summary>
    public byte[] FlowFileBytes() => File.ReadAllBytes(FlowFile);

    /// <summary>From now on a storage that waits saves what it is given.</summary>
    public void LetStorageSave() => File.WriteAllText(StorageGate, "");

    public string LogTail(int lines = 20) => _log.Tail(lines);

    /// <summary>Waits until the admin API shows flows; while a runtime starts, it shows null.</summary>
    public Task ReadyAsync(CancellationToken cancellationToken = default) => Until.TrueAsync(
        $"{Name} to show its flows at {AdminUrl}",
        async token => Options.Supervised || _process is not { HasExited: true } dead
            ? await Admin.FlowsAsync(token) is null ? "null, it is starting" : null
            : throw new InvalidOperationException(dead.Explain()),
        Patience,
        Explain,
        cancellationToken: cancellationToken);

    /// <summary>Waits until the flows run, not only show: a runtime shows its flows up to half a second before they answer.</summary>
    public Task RunningAsync(CancellationToken cancellationToken = default) =>
        Until.TrueAsync($"{Name}'s flows to run", Admin.NotRunningAsync, Patience, Explain, cancellationToken: cancellationToken);

    /// <summary>Starts a process that was stopped or killed, and waits until it is ready.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_process is null or { HasExited: true })
            {
                await StartLifeAsync(cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }

        await ReadyAsync(cancellationToken);
    }

    /// <summary>Takes it down on purpose; no supervisor brings it back.</summary>
    public async Task StopAsync()
    {
        _wanted = false;
        await _gate.WaitAsync();
        try
        {
            if (_process is { } process)
            {
                await process.DisposeAsync();
            }
        }
        finally
        {
            _gate.Release();
        }

        await _supervision;
    }

    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        await StartAgainAsync(cancellationToken);
    }

    /// <summary>As by kill -9 or a lost machine. A supervisor brings it back.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.Exited;
        }
    }

    /// <summary>Freezes it: its port stays open and nothing answers.</summary>
    public void Pause() => _process?.Pause();

    public void Resume() => _process?.Resume();

    public string Explain() => $"{Name} on port {Port}, started again {RestartCount} times. {_process?.Explain() ?? "It was never started."}";

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await StopAsync();
        await TempFolder.RemoveAsync(Folder);
        Admin.Dispose();
        _end.Dispose();
        _gate.Dispose();
    }

    private string StorageGate => Path.Combine(Folder, "storage-saves");

    private async Task StartLifeAsync(CancellationToken cancellationToken)
    {
        if (_process is { } former)
        {
            await former.DisposeAsync();
        }

        var process = await ChildProcess.StartAsync(
            new ChildProcessOptions($"Node-RED {Name}", "node", $"--max-old-space-size={Options.MaxOldSpace}", _install.Script, "-s", NodeRedInstall.Settings, "-u", Folder)
            {
                Environment = Environment(),
                WorkingDirectory = Folder,
                Log = _log,
                FolderToRemoveWithParent = Folder,
            },
            cancellationToken);
        _process = process;
        _wanted = true;
        if (Options.Supervised && _supervision.IsCompleted)
        {
            _supervision = SuperviseAsync();
        }
    }

    private async Task SuperviseAsync()
    {
        while (_wanted)
        {
            var code = await Exited;
            try
            {
                await Task.Delay(Options.RestartDelay, _end.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await _gate.WaitAsync();
            try
            {
                if (_wanted && !IsRunning)
                {
                    _log.Add($"[supervisor] it ended with {code} and is started again");
                    Interlocked.Increment(ref _restarts);
                    await StartLifeAsync(_end.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            finally
            {
                _gate.Release();
            }
        }
    }

    private Dictionary<string, string?> Environment() => new(Options.Environment)
    {
        ["NR_PORT"] = $"{Port}",
        ["NR_USERDIR"] = Folder,
        ["NR_ADMIN_ROOT"] = Options.AdminRoot,
        ["NR_TOKEN"] = Options.Token,
        ["NR_USER"] = Options.User,
        ["NR_PASSWORD"] = Options.Password,
        ["NR_USER_PERMISSIONS"] = Options.Permissions,
        ["NR_CREDENTIAL_SECRET"] = Options.CredentialSecret,
        ["NR_EDITOR"] = Options.Development ? "true" : "false",
        ["NR_RUNTIME_STATE"] = Options.RuntimeState ? "true" : "false",
        ["NR_STORAGE_WAITS_FOR"] = Options.StorageWaits ? StorageGate : null,
        ["NR_NODE_CLOSE_TIMEOUT"] = Options.NodeCloseTimeout is { } timeout ? $"{(long)timeout.TotalMilliseconds}" : null,
        ["NR_API_MAX_LENGTH"] = Options.ApiMaxLength,
        ["REPLICA"] = Name,
    };
}
