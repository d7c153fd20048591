using Pipelines.Testing.Stand.Network;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand.Service;

/// <summary>The built service as a process that can be killed, which is what its promises are about.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private readonly ServiceOptions _options;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly LogBuffer _log = new(4000);
    private ChildProcess? _process;

    private ServiceProcess(ServiceOptions options)
    {
        _options = options;
        Port = options.Port == 0 ? FreePort.Next() : options.Port;
    }

    public int Port { get; }

    public Uri Url => new($"http://127.0.0.1:{Port}/");

    public string AdminToken => _options.AdminToken;

    public bool IsRunning => _process is { HasExited: false };

    public int? ProcessId => _process is { HasExited: false } process ? process.Id : null;

    public static async Task<ServiceProcess> StartAsync(ServiceOptions options, CancellationToken cancellationToken = default)
    {
        var service = new ServiceProcess(options);
        try
        {
            await service.StartAgainAsync(cancellationToken);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>At the same port; waits for /health/ready.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (IsRunning)
        {
            return;
        }

        var process = await ChildProcess.StartAsync(
            new ChildProcessOptions(_options.Name, "dotnet", "exec", Library())
            {
                Environment = Environment(),
                WorkingDirectory = AppContext.BaseDirectory,
                Log = _log,
                Grace = TimeSpan.FromSeconds(15),
            },
            cancellationToken);
        _process = process;
        await Until.TrueAsync(
            $"{_options.Name} to be ready at {Url}health/ready",
            async token => process.HasExited ? throw new InvalidOperationException($"{_options.Name} did not stay up. {process.Explain(40)}") : await HealthAsync(token),
            _options.ReadyWithin,
            () => process.Explain(40),
            cancellationToken: cancellationToken);
    }

    /// <summary>As an orchestrator would: politely, with time to end.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            await process.DisposeAsync();
        }

        _process = null;
    }

    /// <summary>As by kill -9, or a machine that is gone.</summary>
    public async Task KillAsync()
    {
        _process?.Kill();
        await StopAsync();
    }

    /// <summary>Freezes it: an engine that is late, and does not know it.</summary>
    public void Pause() => _process?.Pause();

    public void Resume() => _process?.Resume();

    public string LogTail(int lines = 40) => _log.Tail(lines);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
    }

    // The project reference of whoever uses the stand puts the service beside its own output.
    private static string Library()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Pipelines.Service.dll");
        return File.Exists(path) && File.Exists(Path.ChangeExtension(path, ".runtimeconfig.json"))
            ? path
            : throw new InvalidOperationException($"No Pipelines.Service.dll with its .runtimeconfig.json in {AppContext.BaseDirectory}. Reference src/Pipelines.Service from the project that starts it.");
    }

    private async Task<string?> HealthAsync(CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(Url, "health/ready"), cancellationToken);
        return response.IsSuccessStatusCode ? null : $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}";
    }

    private Dictionary<string, string?> Environment() => new(_options.Environment)
    {
        ["ASPNETCORE_URLS"] = Url.GetLeftPart(UriPartial.Authority),
        ["ASPNETCORE_ENVIRONMENT"] = _options.Environment.GetValueOrDefault("ASPNETCORE_ENVIRONMENT") ?? "Production",
        ["ConnectionStrings__Pipelines"] = _options.ConnectionString,
        ["Pipelines__Definitions"] = _options.Definitions,
        ["Pipelines__Transport"] = _options.RabbitMq is null ? "InMemory" : "RabbitMq",
        ["Pipelines__RabbitMq__Uri"] = _options.RabbitMq?.ToString(),
        ["Pipelines__Tokens__Admin"] = _options.AdminToken,
    };
}
