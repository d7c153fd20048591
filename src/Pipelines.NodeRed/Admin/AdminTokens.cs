using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Pipelines.NodeRed.Admin;

/// <summary>The token to send, or why there is none.</summary>
internal readonly record struct AdminPass(string? Token, Exchange? Problem)
{
    public override string ToString() => Problem is null ? "pass (redacted)" : "no pass";
}

/// <summary>Keeps one token for one Node-RED and renews it when it was refused; at most one login at a time.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Nobody asks the semaphore for a wait handle, so it holds nothing to dispose of.")]
internal sealed class AdminTokens(
    AdminEndpoint endpoint, AdminOptions options, TimeProvider time, Func<HttpRequestMessage, TimeSpan, CancellationToken, Task<Exchange>> send)
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private string? _token;
    private Exchange.LockedOut? _refusal;
    private DateTimeOffset _refusedUntil;

    public bool CanRenew => endpoint.Access is Access.Login;

    /// <param name="refused">The token that was answered with 401, so that ten who were refused together log in once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<AdminPass> GetAsync(string? refused, CancellationToken cancellationToken)
    {
        switch (endpoint.Access)
        {
            case Access.Bearer bearer:
                return new AdminPass(bearer.Token, null);
            case Access.Login login:
                await _one.WaitAsync(cancellationToken);
                try
                {
                    return _token is { } token && token != refused ? new AdminPass(token, null) : await LogInAsync(login, cancellationToken);
                }
                finally
                {
                    _one.Release();
                }
            default:
                return default;
        }
    }

    private async Task<AdminPass> LogInAsync(Access.Login login, CancellationToken cancellationToken)
    {
        _token = null;
        if (_refusal is { } refusal && time.GetUtcNow() < _refusedUntil)
        {
            return new AdminPass(null, refusal);
        }
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Admin("auth/token"))
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["client_id"] = "node-red-admin",
                ["grant_type"] = "password",
                ["scope"] = "*",
                ["username"] = login.User,
                ["password"] = login.Password,
            }),
        };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var answer = await send(request, options.ReadTimeout, cancellationToken);
        if (answer is Exchange.Answered { IsSuccess: true } success && TokenIn(success) is { } token)
        {
            (_token, _refusal) = (token, null);
            return new AdminPass(token, null);
        }
        if (answer is not Exchange.Answered answered || answered.Code is 502 or 503 or 504)
        {
            return new AdminPass(null, answer);
        }
        _refusal = new Exchange.LockedOut($"'{endpoint.Name}' did not let user '{login.User}' in (POST /auth/token answered {answered.Code}{Detail(answered)}). "
            + $"Check access.user and access.password of {endpoint.Name} in instances.yaml; the engine tries again after {options.LoginPause.TotalMinutes:0.#} min, because Node-RED locks a user out after 5 tries.");
        _refusedUntil = time.GetUtcNow() + options.LoginPause;
        return new AdminPass(null, _refusal);
    }

    private static string Detail(Exchange.Answered answer) => answer.Fault() switch
    {
        ({ Length: > 0 } code, { Length: > 0 } message) => $", {code}: {message}",
        ({ Length: > 0 } code, _) => $", {code}",
        _ => "",
    };

    private static string? TokenIn(Exchange.Answered answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("access_token", out var token)
                ? token.GetString()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
