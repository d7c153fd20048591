using System.Diagnostics;
using System.Globalization;

namespace Pipelines.Testing.Stand.Processes;

/// <summary>
/// A program with its logs piped to us, in a process group of its own. It cannot outlive us: a small shell waits for end of file on
/// its standard input, which comes even when we are killed with -9, and ends the whole group.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    // $1 folder to remove or empty, $2 grace in tenths of a second, the rest is the program. Its first line is its process id, which
    // setsid makes the id of its group. The watcher ignores TERM once it acts, because its mother dismisses it when the program ends.
    private const string Keeper = """
        folder=$1; grace=$2; shift 2
        exec 3<&0
        setsid sh -c 'echo $$; exec "$@"' child "$@" < /dev/null 3<&- &
        child=$!
        (
            read -r nothing <&3
            trap '' TERM
            kill -TERM -$child; kill -CONT -$child
            while [ "$grace" -gt 0 ] && kill -0 -$child; do sleep 0.1; grace=$((grace - 1)); done
            kill -KILL -$child
            if [ -n "$folder" ]; then rm -rf "$folder"; fi
        ) > /dev/null 2>&1 &
        watcher=$!
        wait $child
        code=$?
        kill -KILL -$child 2> /dev/null
        kill $watcher 2> /dev/null
        exit $code
        """;

    private readonly Process _keeper;
    private readonly ChildProcessOptions _options;
    private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;

    private ChildProcess(ChildProcessOptions options, Process keeper)
    {
        _options = options;
        _keeper = keeper;
        Log = options.Log ?? new LogBuffer();
        Exited = ObserveAsync();
    }

    public string Name => _options.Name;

    /// <summary>Of the program, and of its process group.</summary>
    public int Id { get; private set; }

    public LogBuffer Log { get; }

    /// <summary>Ends with the exit code; a signal counts as 128 + its number.</summary>
    public Task<int> Exited { get; }

    public bool HasExited => Exited.IsCompleted;

    public static async Task<ChildProcess> StartAsync(ChildProcessOptions options, CancellationToken cancellationToken = default)
    {
        var grace = (int)(options.Grace.TotalSeconds * 10);
        var start = new ProcessStartInfo("setsid", ["sh", "-c", Keeper, "keeper", options.FolderToRemoveWithParent ?? "", $"{grace}", options.Program, .. options.Arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = options.WorkingDirectory ?? "",
        };
        foreach (var (name, value) in options.Environment)
        {
            start.Environment[name] = value;
        }

        var keeper = Process.Start(start) ?? throw new InvalidOperationException($"{options.Name} did not start: no process for {options.Program}.");
        var child = new ChildProcess(options, keeper);
        try
        {
            child.Id = await child._started.Task.WaitAsync(TimeSpan.FromSeconds(20), cancellationToken);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public void Terminate() => Send(15);

    public void Kill() => Send(9);

    /// <summary>Freezes the process: its port stays open and nothing answers.</summary>
    public void Pause() => Send(19);

    public void Resume() => Send(18);

    /// <summary>Politely, and after the grace by force.</summary>
    public async Task<int> StopAsync()
    {
        Terminate();
        Resume();
        try
        {
            return await Exited.WaitAsync(_options.Grace);
        }
        catch (TimeoutException)
        {
            Kill();
            return await Exited;
        }
    }

    public string Explain(int lines = 20) => $"{Name} ({(HasExited ? $"ended with {Exited.Result}" : $"process {Id}, alive")}) wrote last:\n{Log.Tail(lines)}";

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        if (Id != 0)
        {
            await StopAsync();
        }

        // Without an id there is nothing to signal; end of file makes the keeper end what there is.
        _keeper.StandardInput.Close();
        await Exited;
        _keeper.Dispose();
    }

    private void Send(int signal)
    {
        if (Id != 0 && !HasExited)
        {
            Signals.SendToGroup(Id, signal);
        }
    }

    private async Task<int> ObserveAsync()
    {
        // The constructor returns first: everything below may finish before the caller has the object.
        await Task.Yield();
        await using var file = _options.LogFile is { } path ? new StreamWriter(path, append: true) { AutoFlush = true } : null;
        var sink = file is null ? null : TextWriter.Synchronized(file);
        await Task.WhenAll(PumpOutputAsync(sink), PumpAsync(_keeper.StandardError, sink));
        await _keeper.WaitForExitAsync();
        _started.TrySetException(new InvalidOperationException($"{Name} did not start: {_options.Program} ended with {_keeper.ExitCode}.\n{Log.Tail()}"));
        return _keeper.ExitCode;
    }

    private async Task PumpOutputAsync(TextWriter? sink)
    {
        if (int.TryParse(await _keeper.StandardOutput.ReadLineAsync(), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            _started.TrySetResult(id);
        }

        await PumpAsync(_keeper.StandardOutput, sink);
    }

    private async Task PumpAsync(StreamReader from, TextWriter? sink)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            Log.Add(line);
            if (sink is not null)
            {
                await sink.WriteLineAsync(line);
            }
        }
    }
}
