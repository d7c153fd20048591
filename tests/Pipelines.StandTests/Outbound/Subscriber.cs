using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Service.Http;
using Pipelines.Testing.Stand;

namespace Pipelines.ServiceTests.Outbound;

/// <summary>A subscriber of webhooks: keeps what it hears, and answers as it is told.</summary>
internal sealed class Subscriber : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Heard> _heard = new();
    private int _atOnce;

    private Subscriber(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    /// <summary>What it heard, repeats included, in the order of coming.</summary>
    public IReadOnlyList<Heard> All => [.. _heard];

    public IReadOnlyList<string> Ids => [.. _heard.Select(x => x.Id)];

    /// <summary>How many came at the same time at most.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>How it answers; without it 204.</summary>
    public Func<HttpContext, Heard, Task>? Answer { get; set; }

    public static async Task<Subscriber> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var subscriber = new Subscriber(app);
        app.Run(subscriber.HearAsync);
        await app.StartAsync();
        subscriber.Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return subscriber;
    }

    public void AnswerWith(int status, string? retryAfter = null, string? location = null, string body = "") => Answer = async (context, _) =>
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        if (location is not null)
        {
            context.Response.Headers.Location = location;
        }

        await context.Response.WriteAsync(body);
    };

    /// <summary>It takes what is sent and never answers.</summary>
    public void Hang() => Answer = (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);

    public Task HeardAsync(int count) => Until.TrueAsync($"{count} deliveries", () => _heard.Count >= count ? null : $"{_heard.Count}", TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        Answer = null;
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task HearAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var heard = new Heard(
            context.Request.Headers[StandardWebhook.IdHeader].ToString(), context.Request.Headers[StandardWebhook.TimestampHeader].ToString(),
            context.Request.Headers[StandardWebhook.SignatureHeader].ToString(), context.Request.ContentType ?? "", context.Request.Path + context.Request.QueryString, body.ToArray());
        lock (_heard)
        {
            MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
            _heard.Enqueue(heard);
        }

        try
        {
            context.Response.StatusCode = 204;
            if (Answer is { } answer)
            {
                await answer(context, heard);
            }
        }
        finally
        {
            lock (_heard)
            {
                _atOnce--;
            }
        }
    }
}

internal sealed record Heard(string Id, string Timestamp, string Signature, string ContentType, string Path, byte[] Body)
{
    /// <summary>Why the receiving side would not believe it; null when it would.</summary>
    public string? WhyNot(DateTimeOffset now, params string[] secrets) =>
        StandardWebhook.WhyNot(Id, Timestamp, Signature, Body, [.. secrets.Select(x => WebhookKey.Parse(x)!)], now);
}
