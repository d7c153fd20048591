using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand.Clients;

/// <summary>A script of <c>Stand/Clients/js</c> on Node.js: one JSON line in, any number of JSON lines out. What an integrator uses who is not .NET.</summary>
public sealed class NodeClient : IAsyncDisposable
{
    private static readonly string Source = Path.Combine(Repository.Testing, "Stand", "Clients", "js");

    private readonly Process _process;
    private readonly ConcurrentQueue<JsonElement> _said = new();
    private readonly LogBuffer _errors = new();
    private readonly Task _reading;

    private NodeClient(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(), ReadErrorsAsync());
    }

    /// <summary>All lines so far, in order.</summary>
    public IReadOnlyList<JsonElement> Said => [.. _said];

    public static async Task<NodeClient> StartAsync(string script, string argument, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo("node", [await PlaceAsync(script, cancellationToken), argument])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new NodeClient(Process.Start(start) ?? throw new InvalidOperationException("node did not start."));
    }

    /// <summary>Runs a script to its end.</summary>
    /// <returns>Its exit code, and what it wrote.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string script, string argument, CancellationToken cancellationToken = default)
    {
        var result = await Command.RunAsync(
            new ChildProcessOptions(script, "node", await PlaceAsync(script, cancellationToken), argument), TimeSpan.FromMinutes(2), cancellationToken);
        return (result.Code, result.Output);
    }

    public async Task TellAsync(object command)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command));
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The lines that have this property.</summary>
    public IReadOnlyList<JsonElement> SaidWith(string property) => [.. _said.Where(x => x.TryGetProperty(property, out _))];

    /// <summary>Waits for a condition on what it said.</summary>
    public Task UntilAsync(string what, Func<IReadOnlyList<JsonElement>, bool> holds, int seconds = 60) => Until.TrueAsync(
        what,
        () => holds(Said) ? null : $"{_said.Count} lines, the last: {_said.LastOrDefault()}",
        TimeSpan.FromSeconds(seconds),
        () => _errors.Tail());

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // End of its input is its end; the other way is for one that hangs.
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited)
            {
                _process.Kill();
            }
        }

        await _reading;
        _process.Dispose();
    }

    // Node.js looks for packages from the folder of the script upwards.
    private static async Task<string> PlaceAsync(string script, CancellationToken cancellationToken)
    {
        var folder = await NpmInstall.EnsureAsync("clients", Source, cancellationToken);
        var place = Path.Combine(folder, script);
        File.Copy(Path.Combine(Source, script), place, overwrite: true);
        return place;
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            _said.Enqueue(document.RootElement.Clone());
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _errors.Add(line);
        }
    }
}
