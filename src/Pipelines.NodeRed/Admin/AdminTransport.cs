using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Polly;
using Polly.Retry;

namespace Pipelines.NodeRed.Admin;

/// <summary>Asks one Node-RED: headers, time-outs, the token, and retries of reads. Knows nothing of flows.</summary>
internal sealed class AdminTransport
{
    private readonly HttpClient _http;
    private readonly AdminEndpoint _endpoint;
    private readonly AdminOptions _options;
    private readonly TimeProvider _time;
    private readonly AdminTokens _tokens;
    private readonly ResiliencePipeline<Exchange> _retries;

    public AdminTransport(HttpClient http, AdminEndpoint endpoint, AdminOptions options, TimeProvider time)
    {
        (_http, _endpoint, _options, _time) = (http, endpoint, options, time);
        _tokens = new AdminTokens(endpoint, options, time, SendOnceAsync);
        var builder = new ResiliencePipelineBuilder<Exchange> { TimeProvider = time };
        if (options.ReadTries > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<Exchange>
            {
                MaxRetryAttempts = options.ReadTries - 1,
                Delay = options.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                MaxDelay = TimeSpan.FromSeconds(2),
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is Exchange.Unanswered or Exchange.Answered { Code: >= 500 }),
            });
        }
        _retries = builder.Build();
    }

    /// <summary>A read: tried again after connection errors, time-outs and 5xx.</summary>
    public async Task<Exchange> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var tries = 0;
        var last = await _retries.ExecuteAsync(
            async token =>
            {
                tries++;
                return await AskAsync(() => Request(HttpMethod.Get, path), _options.ReadTimeout, token);
            },
            cancellationToken);
        return last is Exchange.Unanswered unanswered ? unanswered with { Tries = tries } : last;
    }

    /// <summary>A change: sent once. (A 401 was not carried out, so it is sent again with a new token.)</summary>
    public Task<Exchange> ChangeAsync(Func<HttpRequestMessage> request, TimeSpan timeout, CancellationToken cancellationToken) =>
        AskAsync(request, timeout, cancellationToken);

    public HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, _endpoint.Admin(path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Add("Node-RED-API-Version", "v2");
        return request;
    }

    private async Task<Exchange> AskAsync(Func<HttpRequestMessage> request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var pass = await _tokens.GetAsync(refused: null, cancellationToken);
        var answer = await AskWithAsync(pass, request, timeout, cancellationToken);
        if (answer is Exchange.Answered { Status: HttpStatusCode.Unauthorized } && _tokens.CanRenew)
        {
            pass = await _tokens.GetAsync(pass.Token, cancellationToken);
            answer = await AskWithAsync(pass, request, timeout, cancellationToken);
        }
        return answer;
    }

    private async Task<Exchange> AskWithAsync(AdminPass pass, Func<HttpRequestMessage> request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (pass.Problem is { } problem)
        {
            return problem;
        }
        using var message = request();
        if (pass.Token is { } token)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        return await SendOnceAsync(message, timeout, cancellationToken);
    }

    private async Task<Exchange> SendOnceAsync(HttpRequestMessage message, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, both.Token);
            var body = await response.Content.ReadAsByteArrayAsync(both.Token);
            return new Exchange.Answered(response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", body);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Exchange.Unanswered(1, $"no answer within {timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return Innermost(e) is HeldBackException held ? new Exchange.HeldBack(held.Message) : new Exchange.Unanswered(1, Innermost(e).Message.TrimEnd('.'));
        }
    }

    // "An error occurred while sending the request" helps nobody; the socket's own words do.
    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
        {
            e = inner;
        }
        return e;
    }
}
