using System.Text.Json;
using Pipelines.Storage.Tokens;

namespace Pipelines.Service.Http;

/// <summary>Tokens: made, listed and revoked by whoever administers. A token is shown once, when it is made.</summary>
internal static partial class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        var tokens = app.MapGroup("/tokens").WithTags("Tokens").Needs(Scopes.Administer);
        tokens.MapPost("", MakeAsync).WithName("MakeToken").WithSummary("Makes a token. It is shown this once.")
            .Accepts<TokenBody>("application/json").Produces<MadeToken>(StatusCodes.Status201Created).Refuses(400, 409, 413, 415);
        tokens.MapGet("", ListAsync).WithName("ListTokens").WithSummary("All tokens, never what they are.").Produces<TokenList>();
        tokens.MapDelete("/{id:guid}", RevokeAsync).WithName("RevokeToken").WithSummary("Takes a token's rights away for good.")
            .Produces(StatusCodes.Status204NoContent).Refuses(404);
    }

    private static async Task<IResult> MakeAsync(HttpContext context, TokenStore store, ILogger<ApiTokens> logger)
    {
        var body = BodyReader.ParseObject(context.Request, await BodyReader.ReadAsync(context.Request, context.RequestAborted), ["name", "scopes"]);
        var name = body.Text("name", 100, oneLine: true)?.Trim() is { Length: > 0 } given
            ? given
            : throw new RefusedException(Refusal.BadBody("'name' is missing. Say who or what will have the token."));
        var scopes = ScopesOf(body);
        var token = ApiTokens.NewToken();
        var id = Guid.NewGuid();
        if (!await store.AddAsync(id, name, ApiTokens.HashOf(token), scopes, context.RequestAborted))
        {
            throw new RefusedException(Refusal.Conflict($"There is, or was, a token named '{name}'. Take another name: the log must not mean two by one name."));
        }

        LogMade(logger, name, string.Join(", ", scopes), context.User.Identity?.Name);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/tokens/{id}", new MadeToken(id, name, scopes, token));
    }

    private static async Task<TokenList> ListAsync(TokenStore store, CancellationToken cancellationToken) =>
        new([.. (await store.ListAsync(cancellationToken)).Select(x => new TokenView(x.Id, x.Name, x.Scopes, x.CreatedAt, x.LastUsedAt, x.RevokedAt))]);

    private static async Task<IResult> RevokeAsync(Guid id, HttpContext context, TokenStore store, ApiTokens tokens, ILogger<ApiTokens> logger)
    {
        if (!await store.RevokeAsync(id, context.RequestAborted))
        {
            throw new RefusedException(Refusal.NotFound($"There is no token {id}, or it was revoked before."));
        }

        tokens.Forget();
        LogRevoked(logger, id, context.User.Identity?.Name);
        return TypedResults.NoContent();
    }

    private static List<string> ScopesOf(JsonElement body)
    {
        var expected = $"'scopes' is a list of some of: {string.Join(", ", Scopes.All)}.";
        if (!body.TryGetProperty("scopes", out var given) || given.ValueKind != JsonValueKind.Array || given.GetArrayLength() == 0)
        {
            throw new RefusedException(Refusal.BadBody(expected));
        }

        var scopes = given.EnumerateArray().Select(x => Scopes.All.FirstOrDefault(known => x.ValueKind == JsonValueKind.String && x.ValueEquals(known))).ToList();
        return scopes.Contains(null) ? throw new RefusedException(Refusal.BadBody(expected)) : [.. scopes.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    [LoggerMessage(3060, LogLevel.Information, "Token '{Name}' with {Granted} was made by {By}.")]
    private static partial void LogMade(ILogger logger, string name, string granted, string? by);

    [LoggerMessage(3061, LogLevel.Information, "Token {Token} was revoked by {By}.")]
    private static partial void LogRevoked(ILogger logger, Guid token, string? by);

    internal sealed record TokenBody(string Name, IReadOnlyList<string> Scopes);

    /// <param name="Token">The token itself, this once.</param>
    internal sealed record MadeToken(Guid Id, string Name, IReadOnlyList<string> Scopes, string Token);

    internal sealed record TokenList(IReadOnlyList<TokenView> Items);

    internal sealed record TokenView(Guid Id, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt);
}
