using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Service.Http;
using Pipelines.Service.Wiring;
using Pipelines.Testing;

namespace Pipelines.ServiceTests;

/// <summary>The real host, in this process, on a real port and a real database, with fake Node-REDs to promote on.</summary>
internal sealed class ServiceUnderTest : IAsyncDisposable
{
    public const string FakeTokenVariable = "PIPELINES_TEST_FAKE_TOKEN";
    public const string AdminToken = "the-admin-token-of-the-tests";
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    public const string OtherSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private readonly WebApplication _app;
    private readonly string _folder;

    private ServiceUnderTest(WebApplication app, string folder, FakeNodeRed development, IReadOnlyList<FakeNodeRed> replicas, LogLines log)
    {
        _app = app;
        _folder = folder;
        Development = development;
        Replicas = replicas;
        Log = log;
        Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Anonymous = new HttpClient { BaseAddress = Url };
        Admin = ClientOf(AdminToken);
    }

    public Uri Url { get; }

    public FakeNodeRed Development { get; }

    public IReadOnlyList<FakeNodeRed> Replicas { get; }

    public LogLines Log { get; }

    public HttpClient Admin { get; }

    public HttpClient Anonymous { get; }

    public IServiceProvider Services => _app.Services;

    public string Folder => _folder;

    public static string Flows(string version) =>
        $$"""[{"id":"t1","type":"tab","label":"Plant"},{"id":"in","type":"http in","z":"t1","url":"/version","method":"get","x":1,"y":1,"wires":[["say"]]},{"id":"say","type":"template","z":"t1","template":"{{version}}","x":2,"y":1,"wires":[["out"]]},{"id":"out","type":"http response","z":"t1","x":3,"y":1,"wires":[]}]""";

    public static async Task<ServiceUnderTest> StartAsync(string? database = null, bool untilReady = true, Action<WebApplicationBuilder>? adjust = null, params string[] settings)
    {
        var development = await FakeNodeRed.StartAsync("dev", o => o.Flows = Flows("v2"));
        var replicas = new[] { await FakeNodeRed.StartAsync("a", o => o.Flows = Flows("v1")), await FakeNodeRed.StartAsync("b", o => o.Flows = Flows("v1")) };
        var folder = Directory.CreateTempSubdirectory("pipelines-service-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "instances.yaml"), Instances(development, replicas));
        await File.WriteAllTextAsync(Path.Combine(folder, "line.pipeline.yaml"), Pipeline("line"));
        await File.WriteAllTextAsync(Path.Combine(folder, "other-line.pipeline.yaml"), Pipeline("other-line"));
        var log = new LogLines();
        var app = ServiceApp.Build(
            [
                "--urls=http://127.0.0.1:0",
                $"--ConnectionStrings:Pipelines={database ?? await DatabaseOfTheRun.NewAsync()}",
                $"--Pipelines:Definitions={folder}",
                $"--Pipelines:Tokens:Admin={AdminToken}",
                $"--Pipelines:Hooks:line:Secrets:0={Secret}",
                $"--Pipelines:Hooks:line:Secrets:1={OtherSecret}",
                .. settings,
            ],
            builder =>
            {
                builder.Services.AddSingleton<ILoggerProvider>(log);
                adjust?.Invoke(builder);
            });
        app.Services.GetRequiredService<DefinitionShelf>().LoadOrThrow();
        await app.StartAsync();
        var service = new ServiceUnderTest(app, folder, development, replicas, log);
        if (untilReady)
        {
            await service.ReadyAsync();
        }

        return service;
    }

    public HttpClient ClientOf(string token) => new() { BaseAddress = Url, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    public async Task<HttpClient> ClientWithAsync(params string[] scopes)
    {
        using var response = await Admin.PostAsJsonAsync("/tokens", new { name = $"token {Guid.NewGuid():N}", scopes });
        return ClientOf((await JsonOf(response)).GetProperty("token").GetString()!);
    }

    /// <summary>A delivery as the platform would sign it now.</summary>
    public HttpRequestMessage Delivery(string id, string body = "{}", string pipeline = "line", string secret = Secret, DateTimeOffset? at = null, byte[]? bytes = null)
    {
        bytes ??= Encoding.UTF8.GetBytes(body);
        var seconds = (at ?? TimeProvider.System.GetUtcNow()).ToUnixTimeSeconds();
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(Url, $"/hooks/{pipeline}")) { Content = new ByteArrayContent(bytes) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.Add(StandardWebhook.IdHeader, id);
        message.Headers.Add(StandardWebhook.TimestampHeader, $"{seconds}");
        message.Headers.Add(StandardWebhook.SignatureHeader, StandardWebhook.Sign(id, seconds, bytes, WebhookKey.Parse(secret)!));
        return message;
    }

    public async Task<Guid> PromoteAsync()
    {
        using var response = await Admin.PostAsJsonAsync("/promotions", new { pipeline = "line" });
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await response.Content.ReadAsStringAsync());
        return (await JsonOf(response)).GetProperty("id").GetGuid();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Admin.GetAsync(new Uri(path, UriKind.Relative));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        return await JsonOf(response);
    }

    /// <summary>Follows the events to the end of the promotion, which is the condition; its timeline explains another end than the expected one.</summary>
    public async Task<JsonElement> EndOfAsync(Guid id, string state)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var response = await Admin.GetAsync(new Uri($"/promotions/{id}/events", UriKind.Relative), patience.Token);
        var events = await response.Content.ReadAsStringAsync(patience.Token);
        var promotion = await GetAsync($"/promotions/{id}");
        Assert.That(promotion.GetProperty("state").GetString(), Is.EqualTo(state), events);
        return promotion;
    }

    /// <summary>Listens until a line of that type comes.</summary>
    public async Task<HttpResponseMessage> ListenUntilAsync(Guid id, string type)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var response = await Admin.GetAsync(new Uri($"/promotions/{id}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, patience.Token);
        var reader = new StreamReader(await response.Content.ReadAsStreamAsync(patience.Token));
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line == $"event: {type}")
            {
                return response;
            }
        }

        throw new InvalidOperationException($"Promotion {id} ended without a line of type {type}: {await GetAsync($"/promotions/{id}")}");
    }

    public static async Task<JsonElement> JsonOf(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return document.RootElement.Clone();
    }

    /// <summary>Every refusal has this shape.</summary>
    public static async Task<JsonElement> ProblemOf(HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.That((int)response.StatusCode, Is.EqualTo(status), text);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"), text);
        var problem = await JsonOf(response);
        Assert.That(problem.GetProperty("status").GetInt32(), Is.EqualTo(status));
        Assert.That(problem.GetProperty("title").GetString(), Is.Not.Empty);
        Assert.That(problem.GetProperty("detail").GetString(), Is.Not.Empty);
        Assert.That(problem.GetProperty("type").GetString(), Does.StartWith("urn:pipelines:problem:"));
        return problem;
    }

    public async Task ReadyAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var last = "";
        while (!patience.IsCancellationRequested)
        {
            using var response = await Anonymous.GetAsync(new Uri("/health/ready", UriKind.Relative));
            last = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode)
            {
                return;
            }
        }

        throw new TimeoutException($"The service is not ready: {last}\n{Log}");
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        Anonymous.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Development.DisposeAsync();
        foreach (var replica in Replicas)
        {
            await replica.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    public static string Pipeline(string name) => $$"""
        name: {{name}}
        stages:
          - snapshot: { from: dev, retries: { attempts: 3, firstDelay: 20ms, maxDelay: 50ms } }
          - validate: { retries: { attempts: 2, firstDelay: 20ms, maxDelay: 50ms } }
          - rollout: { to: plant, soak: 0s, retries: { attempts: 3, firstDelay: 20ms, maxDelay: 50ms }, restoreRetries: { attempts: 2, firstDelay: 20ms, maxDelay: 50ms }, verification: { startTimeout: 2s }, deadlines: { answer: 10s, wave: 1m, stage: 2m } }
        """;

    public static string Instances(FakeNodeRed development, FakeNodeRed[] replicas) => $$"""
        instances:
          dev:
            admin: {{development.AdminUrl}}
            access: { token: "${env:{{FakeTokenVariable}}}" }
          plant:
            access: { token: "${env:{{FakeTokenVariable}}}" }
            timeouts: { connect: 1s, request: 2s, deploy: 3s }
            replicas:
              a: { admin: {{replicas[0].AdminUrl}}, flows: {{replicas[0].FlowsUrl}} }
              b: { admin: {{replicas[1].AdminUrl}}, flows: {{replicas[1].FlowsUrl}} }
        """;
}

/// <summary>What the service said, by the numbers of its events.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<(int Id, LogLevel Level, string Text)> _lines = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<string>> _first = new();

    public IReadOnlyList<string> Of(int id) => [.. _lines.Where(x => x.Id == id).Select(x => x.Text)];

    public IReadOnlyList<string> All => [.. _lines.Select(x => x.Text)];

    /// <summary>Waits for the first line of that number.</summary>
    public async Task<string> FirstOfAsync(int id)
    {
        var first = _first.GetOrAdd(id, _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (Of(id) is [var said, ..])
        {
            return said;
        }

        try
        {
            return await first.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Nobody said {id}.\n{this}", e);
        }
    }

    public ILogger CreateLogger(string categoryName) => new Pen(this);

    public void Dispose()
    {
    }

    public override string ToString() => string.Join('\n', _lines.TakeLast(50).Select(x => $"{x.Level} {x.Id} {x.Text}"));

    private void Write(int id, LogLevel level, string text)
    {
        _lines.Enqueue((id, level, text));
        if (_first.TryGetValue(id, out var first))
        {
            first.TrySetResult(text);
        }
    }

    private sealed class Pen(LogLines lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Write(eventId.Id, logLevel, $"{formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}");
    }
}
