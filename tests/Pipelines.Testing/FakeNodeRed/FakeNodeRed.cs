using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Testing;

/// <summary>
/// A Node-RED as seen over HTTP, in this process, with faults on demand. It sits the same exam as the real one
/// (<c>NodeRedExam</c>), so what a test learns from it holds there.
/// </summary>
public sealed class FakeNodeRed : IAsyncDisposable
{
    private const string AdminRoot = "/admin";
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly FakeNodeRedOptions _options;
    private readonly FakeRuntime _runtime;
    private readonly FakeAdmin _admin;
    private readonly List<FakeRequest> _requests = [];
    private readonly List<FakeDeploy> _deploys = [];
    private readonly CancellationTokenSource _disposed = new();
    private readonly SemaphoreSlim _power = new(1, 1);
    private WebApplication? _app;
    private int _port;
    private int _life;
    private int _boots;
    private volatile TaskCompletionSource? _frozen;

    private FakeNodeRed(string name, FakeNodeRedOptions options)
    {
        Name = name;
        _options = options;
        _runtime = new FakeRuntime(options);
        _admin = new FakeAdmin(this, options, _runtime);
    }

    public string Name { get; }

    public Uri AdminUrl => new($"http://127.0.0.1:{_port}{AdminRoot}/");

    public Uri FlowsUrl => new($"http://127.0.0.1:{_port}/");

    /// <summary>To reach it with, the token included.</summary>
    public AdminEndpoint Endpoint => new(Name, AdminUrl, FlowsUrl, _options.Token is { } token ? new Access.Bearer(token) : Access.Anonymous);

    /// <summary>What will go wrong.</summary>
    public FaultScript Faults { get; } = new();

    /// <summary>A revision to claim that is not the flows' own, as an old Node-RED does; null is the truth.</summary>
    public string? ClaimedRevision { get; set; }

    public Digest Revision => _runtime.Stored.Digest;

    public ReadOnlyMemory<byte> FlowBytes => _runtime.Stored.Raw.Bytes;

    public bool IsAlive => _app is not null;

    /// <summary>How often its process was started.</summary>
    public int Boots => Volatile.Read(ref _boots);

    /// <summary>How many nodes run.</summary>
    public int ActiveNodes => _runtime.Active.Count;

    /// <summary>Whose credentials it holds.</summary>
    public IReadOnlyCollection<string> CredentialsOf => _runtime.CredentialsOf;

    /// <summary>Deploys that were carried out, in order; those of <see cref="DeployForeign"/> are not among them.</summary>
    public IReadOnlyList<FakeDeploy> Deploys
    {
        get
        {
            lock (_lock)
            {
                return [.. _deploys];
            }
        }
    }

    /// <summary>Every request that reached it, in order.</summary>
    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    internal TimeSpan Elapsed => _clock.Elapsed;

    public static async Task<FakeNodeRed> StartAsync(string name = "fake", Action<FakeNodeRedOptions>? configure = null)
    {
        var options = new FakeNodeRedOptions();
        configure?.Invoke(options);
        var fake = new FakeNodeRed(name, options);
        await fake.ReviveAsync();
        return fake;
    }

    /// <summary>Flows as a Node-RED would give them out that had been given this text.</summary>
    public static RawFlows AsNodeRedWrites(string flows) => FakeRuntime.Canonical(flows);

    /// <summary>A field of a node's credentials, or null.</summary>
    public string? Credential(string nodeId, string field) =>
        _runtime.CredentialsOf.Contains(nodeId) && _runtime.Credentials(nodeId).TryGetValue(field, out var value) ? value.ToString() : null;

    /// <summary>Somebody else deploys, past every fault.</summary>
    public void DeployForeign(string flows)
    {
        var raw = FakeRuntime.Canonical(flows);
        using var document = System.Text.Json.JsonDocument.Parse(flows);
        _runtime.Store(raw, document.RootElement, null);
        _runtime.Start();
        Started();
    }

    /// <summary>Somebody stops or starts the flows.</summary>
    public void SetState(string state)
    {
        _runtime.State = state;
        _runtime.Stop();
        _runtime.Start();
    }

    /// <summary>Forgets the tokens that logins gave out.</summary>
    public void RevokeTokens() => _admin.RevokeTokens();

    /// <summary>The process stands still, as by SIGSTOP: connections are taken, and nothing is read or answered.</summary>
    public void Freeze() => _frozen ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>It goes on with what it was sent meanwhile by those who still wait.</summary>
    public void Thaw()
    {
        _frozen?.TrySetResult();
        _frozen = null;
    }

    /// <summary>The process dies: connections break, new ones are refused.</summary>
    public async Task DieAsync()
    {
        await _power.WaitAsync();
        try
        {
            if (Interlocked.Exchange(ref _app, null) is { } app)
            {
                using var now = new CancellationTokenSource();
                await now.CancelAsync();
                try
                {
                    await app.StopAsync(now.Token);
                }
                catch (OperationCanceledException)
                {
                    // It was told not to wait for open requests.
                }
                await app.DisposeAsync();
            }
        }
        finally
        {
            _power.Release();
        }
    }

    /// <summary>The process is started again, on its old port, with what it had stored.</summary>
    public async Task ReviveAsync()
    {
        await _power.WaitAsync();
        try
        {
            if (_app is not null || _disposed.IsCancellationRequested)
            {
                return;
            }
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, _port);
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.AddServerHeader = false;
            });
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
            var app = builder.Build();
            app.Run(AnswerAsync);
            await app.StartAsync();
            _port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
            _runtime.Boot();
            Interlocked.Increment(ref _boots);
            _app = app;
            Started();
        }
        finally
        {
            _power.Release();
        }
    }

    /// <summary>Waits for something to become true; the message of a failure is <paramref name="otherwise"/>.</summary>
    public async Task WaitForAsync(Func<FakeNodeRed, bool> condition, string otherwise, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var started = Stopwatch.GetTimestamp();
        while (!condition(this))
        {
            if (Stopwatch.GetElapsedTime(started) > (patience ?? TimeSpan.FromSeconds(30)))
            {
                throw new TimeoutException($"{otherwise}. '{Name}' holds {Revision.Short} and saw: {string.Join("; ", Requests.TakeLast(20))}");
            }
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        Thaw();
        await DieAsync();
    }

    public override string ToString() => $"{Name} at {FlowsUrl}, {Revision.Short}";

    internal void Deployed(FakeDeploy deploy)
    {
        lock (_lock)
        {
            _deploys.Add(deploy);
        }
        Started();
    }

    private void Started()
    {
        var life = Interlocked.Increment(ref _life);
        if (_options.Kills?.Invoke(_runtime.Stored) == true && _runtime.Active.Count > 0)
        {
            _ = DieLaterAsync(life);
        }
    }

    private async Task DieLaterAsync(int life)
    {
        try
        {
            await Task.Delay(_options.KillsAfter, _disposed.Token);
            // Other flows were deployed in time.
            if (life != Volatile.Read(ref _life))
            {
                return;
            }
            await DieAsync();
            if (_options.RevivesAfter is { } after)
            {
                await Task.Delay(after, _disposed.Token);
                await ReviveAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        lock (_lock)
        {
            _requests.Add(new FakeRequest(context.Request.Method, path, Elapsed, context.Request.ContentLength ?? 0));
        }
        try
        {
            if (_frozen is { } frozen)
            {
                await frozen.Task;
            }
            if (path.StartsWith($"{AdminRoot}/", StringComparison.Ordinal))
            {
                await _admin.AnswerAsync(context, path[AdminRoot.Length..]);
            }
            else
            {
                await FakeRoutes.AnswerAsync(context, _runtime);
            }
        }
        catch (OperationCanceledException)
        {
            // The client, or this process, is gone.
        }
    }
}
