using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Pipelines.Service.Wiring;

namespace Pipelines.Service.Http;

/// <summary>Bearer tokens: 401 says that one is needed, 403 which scope is missing.</summary>
internal sealed partial class BearerHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Bearer";
    public const string ScopeClaim = "scope";

    /// <summary>The pipelines that the token is limited to, a line each; who has none is not limited.</summary>
    public const string ReachClaim = "pipelines";

    private const string HeaderBegin = "Bearer ";
    private const int LongestToken = 512;

    /// <summary>The token of a request that was let in.</summary>
    public static string TokenOf(HttpRequest request) => request.Headers.Authorization.ToString()[HeaderBegin.Length..].Trim();

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        // What is for all asks the database nothing about a token: a process without its database lives.
        if (header.Length == 0 || Context.GetEndpoint()?.Metadata.GetMetadata<NeedsScope>() is null)
        {
            return AuthenticateResult.NoResult();
        }

        if (!header.StartsWith(HeaderBegin, StringComparison.OrdinalIgnoreCase) || header.Length > LongestToken)
        {
            return AuthenticateResult.Fail("The Authorization header is not \"Bearer <token>\".");
        }

        if (await tokens.FindAsync(TokenOf(Request), Context.RequestAborted) is not { } token)
        {
            return AuthenticateResult.Fail("The token is not known, or was revoked.");
        }

        var identity = new ClaimsIdentity(SchemeName);
        identity.AddClaim(new Claim(ClaimTypes.Name, token.Name));
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, token.Id.ToString()));
        identity.AddClaims(token.Scopes.Select(scope => new Claim(ScopeClaim, scope)));
        if (token.Pipelines is { } reach)
        {
            identity.AddClaim(new Claim(ReachClaim, string.Join('\n', reach)));
        }

        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var failure = (await HandleAuthenticateOnceSafeAsync()).Failure?.Message;
        Response.Headers.WWWAuthenticate = failure is null ? "Bearer" : "Bearer error=\"invalid_token\"";
        LogNoToken(Logger, Request.Method, Request.Path, failure ?? "there is none.");
        await Problems.WriteAsync(Context, new Refusal(
            401, "no-token", "A token is needed.", $"{failure ?? "Send it as Authorization: Bearer <token>."} Whoever has the scope '{Scopes.Administer}' makes tokens with POST /tokens."));
    }

    protected override async Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var scope = Context.GetEndpoint()?.Metadata.GetMetadata<NeedsScope>()?.Scope ?? Scopes.Administer;
        Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{scope}\"";
        var name = Context.User.Identity?.Name;
        LogForbidden(Logger, Request.Method, Request.Path, name, scope);
        await Problems.WriteAsync(Context, new Refusal(403, "missing-scope", "The token may not do this.", $"The token '{name}' lacks the scope '{scope}'.")
        {
            More = new Dictionary<string, object?>(StringComparer.Ordinal) { ["scope"] = scope },
        });
    }

    [LoggerMessage(3040, LogLevel.Warning, "{Method} {Path} is refused without a good token: {Reason}")]
    private static partial void LogNoToken(ILogger logger, string method, string path, string reason);

    [LoggerMessage(3041, LogLevel.Warning, "{Method} {Path} is refused: token '{Name}' lacks the scope {Scope}.")]
    private static partial void LogForbidden(ILogger logger, string method, string path, string? name, string scope);
}

/// <summary>What an endpoint asks of a token.</summary>
internal sealed record NeedsScope(string Scope);

/// <summary>A header for the description.</summary>
internal sealed record HeardHeader(string Name, string Meaning, bool Required);

internal static class TokenWiring
{
    public static IServiceCollection AddTokens(this IServiceCollection services)
    {
        services.AddSingleton<ApiTokens>();
        services.AddSingleton<AdminTokenKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<AdminTokenKeeper>());
        services.AddAuthentication(BearerHandler.SchemeName).AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.SchemeName, null);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var scope in Scopes.All)
        {
            authorization.AddPolicy(scope, policy => policy.RequireAuthenticatedUser().RequireClaim(BearerHandler.ScopeClaim, [scope, Scopes.Administer]));
        }

        services.AddScoped<HookEndpoints>();
        services.AddScoped<PromotionDoor>();
        return services;
    }

    public static TBuilder Needs<TBuilder>(this TBuilder endpoint, string scope)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(scope).WithMetadata(new NeedsScope(scope)).Refuses(401, 403, 503);

    /// <summary>Documents a header that the endpoint reads by itself.</summary>
    public static TBuilder Hears<TBuilder>(this TBuilder endpoint, string header, string meaning, bool required = false)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new HeardHeader(header, meaning, required));

    /// <summary>Documents the problems that an endpoint answers with.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoint, params int[] statuses)
        where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
        {
            endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), [Problems.ContentType]));
        }

        return endpoint;
    }
}
