using System.Text.Json;
using Pipelines.Engine.Definitions;
using Pipelines.Storage.Tokens;

namespace Pipelines.Service.Http;

/// <summary>Tokens: made, listed and revoked by whoever administers. A token is shown once, when it is made.</summary>
internal static partial class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        var tokens = app.MapGroup("/tokens").WithTags("Tokens").Needs(Scopes.Administer);
        tokens.MapPost("", MakeAsync).WithName("MakeToken").WithSummary("Makes a token. It is shown this once.")
            .WithDescription("With pipelines it is limited to those: whatever is about others is not there for it. A token that is limited itself makes none that reaches further; without pipelines it hands on all of its own.")
            .Accepts<TokenBody>("application/json").Produces<MadeToken>(StatusCodes.Status201Created).Refuses(400, 409, 413, 415, 422);
        tokens.MapGet("", ListAsync).WithName("ListTokens").WithSummary("All tokens, never what they are. A token that is limited to pipelines sees those that reach no further.").Produces<TokenList>();
        tokens.MapDelete("/{id:guid}", RevokeAsync).WithName("RevokeToken").WithSummary("Takes a token's rights away for good.")
            .Produces(StatusCodes.Status204NoContent).Refuses(404);
    }

    private static async Task<IResult> MakeAsync(Caller caller, HttpContext context, TokenStore store, DefinitionShelf definitions, ILogger<ApiTokens> logger)
    {
        var body = BodyReader.ParseObject(context.Request, await BodyReader.ReadAsync(context.Request, context.RequestAborted), ["name", "scopes", "pipelines"]);
        var name = body.Text("name", 100, oneLine: true)?.Trim() is { Length: > 0 } given
            ? given
            : throw new RefusedException(Refusal.BadBody("'name' is missing. Say who or what will have the token."));
        var scopes = ScopesOf(body);
        var pipelines = PipelinesOf(body, caller, definitions);
        var token = ApiTokens.NewToken();
        var id = Guid.NewGuid();
        if (!await store.AddAsync(new NewToken(id, name, ApiTokens.HashOf(token), scopes, pipelines), caller.Who, context.RequestAborted))
        {
            throw new RefusedException(Refusal.Conflict($"There is, or was, a token named '{name}'. Take another name: the log must not mean two by one name."));
        }

        LogMade(logger, name, string.Join(", ", scopes), pipelines is null ? "every pipeline" : string.Join(", ", pipelines), caller.Name);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/tokens/{id}", new MadeToken(id, name, scopes, pipelines, token));
    }

    private static async Task<TokenList> ListAsync(Caller caller, TokenStore store, CancellationToken cancellationToken) =>
        new([.. (await store.ListAsync(caller.Reach, cancellationToken)).Select(x => new TokenView(x.Id, x.Name, x.Scopes, x.Pipelines, x.CreatedAt, x.LastUsedAt, x.RevokedAt))]);

    private static async Task<IResult> RevokeAsync(Guid id, Caller caller, HttpContext context, TokenStore store, ApiTokens tokens, ILogger<ApiTokens> logger)
    {
        if (!await store.RevokeAsync(id, caller.Reach, caller.Who, context.RequestAborted))
        {
            throw new RefusedException(Refusal.NotFound($"There is no token {id}, or it was revoked before."));
        }

        tokens.Forget();
        LogRevoked(logger, id, caller.Name);
        return TypedResults.NoContent();
    }

    private static List<string> ScopesOf(JsonElement body)
    {
        var expected = $"'scopes' is a list of some of: {string.Join(", ", Scopes.All)}.";
        if (!body.TryGetProperty("scopes", out var given) || given.ValueKind != JsonValueKind.Array || given.GetArrayLength() == 0)
        {
            throw new RefusedException(Refusal.BadBody(expected));
        }

        var scopes = given.EnumerateArray().Select(x => x.ValueKind == JsonValueKind.String ? Scopes.All.FirstOrDefault(BodyReader.NameOf(x, "scopes").Equals) : null).ToList();
        return scopes.Contains(null) ? throw new RefusedException(Refusal.BadBody(expected)) : [.. scopes.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string>? PipelinesOf(JsonElement body, Caller caller, DefinitionShelf definitions) =>
        NameLists.Pipelines(body, caller.Seen(definitions)) switch
        {
            null => caller.Reach,
            [] => throw new RefusedException(Refusal.BadBody("'pipelines' names none. Leave it out for all that your token reaches.")),
            var named => named,
        };

    [LoggerMessage(3060, LogLevel.Information, "Token '{Name}' with {Granted} for {Pipelines} was made by {By}.")]
    private static partial void LogMade(ILogger logger, string name, string granted, string pipelines, string by);

    [LoggerMessage(3061, LogLevel.Information, "Token {Token} was revoked by {By}.")]
    private static partial void LogRevoked(ILogger logger, Guid token, string by);

    /// <param name="Name">Who or what will have it.</param>
    /// <param name="Scopes">Some of read, promote, operate, administer.</param>
    /// <param name="Pipelines">The only pipelines that it sees and moves; without it all that your token reaches.</param>
    internal sealed record TokenBody(string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Pipelines);

    /// <param name="Pipelines">What it is limited to; null is nothing.</param>
    /// <param name="Token">The token itself, this once.</param>
    internal sealed record MadeToken(Guid Id, string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Pipelines, string Token);

    internal sealed record TokenList(IReadOnlyList<TokenView> Items);

    /// <param name="Pipelines">What it is limited to; null is nothing.</param>
    internal sealed record TokenView(
        Guid Id, string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Pipelines, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt);
}
