using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Pipelines.Service.Http;
using Pipelines.Storage.Webhooks;

namespace Pipelines.Service.Outbound;

/// <summary>
/// Sends a delivery once, signed as Standard Webhooks 1.0.0 says, and says what came of it. It connects only to addresses that the guard lets pass, follows
/// no redirect, goes through no proxy (nobody could judge where that connects to) and keeps no cookie.
/// </summary>
internal sealed class WebhookClient : IDisposable
{
    private const int LongestAnswer = 1000;
    private const int LargestHeadersInKilobytes = 16;

    // A connection that was judged is used for so long, then its name is asked for again.
    private static readonly TimeSpan ConnectionLives = TimeSpan.FromMinutes(2);

    private readonly OutboundSettings _settings;
    private readonly AddressGuard _guard;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public WebhookClient(OutboundSettings settings, AddressGuard guard, TimeProvider time)
    {
        (_settings, _guard, _time) = (settings, guard, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = LargestHeadersInKilobytes,
            PooledConnectionLifetime = ConnectionLives,
            ConnectCallback = ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <exception cref="OperationCanceledException">It was called back: nobody knows whether it arrived.</exception>
    public async Task<WebhookAnswer> SendAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_settings.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var request = RequestOf(delivery);
            if (request.RequestUri is { Scheme: "http" } && !_settings.AllowHttp)
            {
                return new WebhookAnswer.Failed(null, $"The URL is http, which {OutboundSettings.Section}:AllowHttp does not allow.", null);
            }

            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var body = await BeginningOfAsync(response, both.Token);
            return AnswerOf(response) with { Body = body };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAnswer.Failed(null, $"It did not answer within {_settings.Timeout.TotalSeconds:0} s.", null);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it was counts as a try, or it would be tried for ever.
            return new WebhookAnswer.Failed(null, ReasonOf(e), null);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage RequestOf(ClaimedDelivery delivery)
    {
        // On every try anew: the signature is of the time, too.
        var seconds = _time.GetUtcNow().ToUnixTimeSeconds();
        var signatures = new[] { delivery.Secret, delivery.OldSecret }.OfType<string>().Select(x => WebhookKey.Parse(x)).OfType<byte[]>()
            .Select(key => StandardWebhook.Sign(delivery.EventId, seconds, delivery.Body, key));
        var request = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = new ByteArrayContent(delivery.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json", "utf-8");
        request.Headers.Add(StandardWebhook.IdHeader, delivery.EventId);
        request.Headers.Add(StandardWebhook.TimestampHeader, seconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(StandardWebhook.SignatureHeader, string.Join(' ', signatures));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Pipelines", "1.0"));
        return request;
    }

    private WebhookAnswer AnswerOf(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        return status switch
        {
            >= 200 and < 300 => new WebhookAnswer.Took(status),
            >= 300 and < 400 => new WebhookAnswer.Failed(status, $"It answered {status}, and redirects are not followed: change the subscription's URL.", null),
            (int)HttpStatusCode.Gone => new WebhookAnswer.Gone(status),
            429 or 502 or 503 or 504 => new WebhookAnswer.Failed(status, $"It answered {status}.", PauseOf(response)),
            _ => new WebhookAnswer.Failed(status, $"It answered {status}.", null),
        };
    }

    private TimeSpan? PauseOf(HttpResponseMessage response)
    {
        var pause = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => TimeSpan.Zero,
        };
        return pause <= TimeSpan.Zero ? null : pause < RetrySchedule.LongestPause ? pause : RetrySchedule.LongestPause;
    }

    /// <summary>What people see of the answer. It is not needed for the outcome, so one that drips or breaks off costs nothing.</summary>
    private static async Task<string?> BeginningOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestAnswer];
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The status has been said.
        }

        var text = Encoding.UTF8.GetString(buffer, 0, length);
        return text.Length == 0 ? null : string.Concat(text.Select(x => char.IsControl(x) && x is not ('\n' or '\r' or '\t') ? '?' : x));
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await _guard.ResolveAsync(context.DnsEndPoint.Host, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string ReasonOf(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is AddressRefusedException)
            {
                return e.Message;
            }
        }

        return exception.GetBaseException().Message is { Length: > LongestAnswer } text ? text[..LongestAnswer] : exception.GetBaseException().Message;
    }
}
