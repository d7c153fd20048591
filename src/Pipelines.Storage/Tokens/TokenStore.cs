using Pipelines.Storage.Audit;

namespace Pipelines.Storage.Tokens;

/// <summary>Tokens of the API. Only their SHA-256 is kept: who reads the database cannot use them.</summary>
public sealed class TokenStore
{
    private static readonly string Find = Query.Load("tokens/find");
    private static readonly string List = Query.Load("tokens/list");
    private static readonly string Insert = Query.Load("tokens/insert");
    private static readonly string Keep = Query.Load("tokens/keep");
    private static readonly string Revoke = Query.Load("tokens/revoke");
    private static readonly string Touch = Query.Load("tokens/touch");

    private readonly Outside _outside;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;

    internal TokenStore(Outside outside, AuditLog audit, TimeProvider time) => (_outside, _audit, _time) = (outside, audit, time);

    /// <summary>The token with that hash, or null when there is none or it was revoked.</summary>
    public Task<ApiToken?> FindAsync(byte[] hash, CancellationToken cancellationToken) => _outside.QuerySingleOrDefaultAsync<ApiToken>(Find, new { hash }, cancellationToken);

    /// <summary>The revoked ones too, in the order in which they were made.</summary>
    /// <param name="reach">Only tokens that reach no other pipelines than these; null is all.</param>
    public Task<IReadOnlyList<ApiToken>> ListAsync(IReadOnlyList<string>? reach, CancellationToken cancellationToken) =>
        _outside.QueryAsync<ApiToken>(List, new { reach = reach?.ToArray() }, cancellationToken);

    /// <returns>False when the name is taken.</returns>
    public Task<bool> AddAsync(NewToken token, Actor by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _audit.ChangeAsync<Row>(
            Insert,
            new { id = token.Id, name = token.Name, hash = token.Hash, scopes = token.Scopes.ToArray(), pipelines = token.Pipelines?.ToArray(), now = _time.GetUtcNow() },
            by,
            _ => new AuditLine("token.made", $"/tokens/{token.Id}", token.Pipelines, new { token.Name, token.Scopes, token.Pipelines }),
            cancellationToken);
    }

    /// <summary>Makes the token of that name this one, whatever it was before.</summary>
    /// <returns>Whether that was news.</returns>
    public Task<bool> KeepAsync(string name, byte[] hash, IReadOnlyList<string> scopes, CancellationToken cancellationToken) =>
        _audit.ChangeAsync<Row>(
            Keep,
            new { id = Guid.NewGuid(), name, hash, scopes = scopes.ToArray(), now = _time.GetUtcNow() },
            Actor.Settings,
            kept => new AuditLine("token.kept", $"/tokens/{kept.Id}", null, new { name, scopes }),
            cancellationToken);

    /// <param name="reach">Only if it reaches no other pipelines than these; null is all.</param>
    /// <returns>False when there is no such token, or it was revoked before.</returns>
    public Task<bool> RevokeAsync(Guid id, IReadOnlyList<string>? reach, Actor by, CancellationToken cancellationToken) =>
        _audit.ChangeAsync<Row>(
            Revoke,
            new { id, reach = reach?.ToArray(), now = _time.GetUtcNow() },
            by,
            revoked => new AuditLine("token.revoked", $"/tokens/{id}", revoked.Pipelines, new { revoked.Name }),
            cancellationToken);

    /// <summary>Notes that it was used; at most once a minute there is something to write.</summary>
    public Task TouchAsync(Guid id, CancellationToken cancellationToken) => _outside.ExecuteAsync(Touch, new { id, now = _time.GetUtcNow() }, cancellationToken);

    private sealed record Row
    {
        public Guid Id { get; init; }

        public string Name { get; init; } = "";

        public string[]? Pipelines { get; init; }
    }
}

/// <summary>A token to be made.</summary>
/// <param name="Hash">The SHA-256 of the token.</param>
/// <param name="Pipelines">What it is limited to; null is nothing.</param>
public sealed record NewToken(Guid Id, string Name, byte[] Hash, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Pipelines);

/// <summary>A token of the API as it is kept.</summary>
public sealed record ApiToken
{
    public Guid Id { get; init; }

    /// <summary>Who or what has it; promotions say it as who asked.</summary>
    public required string Name { get; init; }

    /// <summary>The SHA-256 of the token.</summary>
    public required byte[] Hash { get; init; }

    public required string[] Scopes { get; init; }

    /// <summary>The only pipelines that it sees and moves; null is all.</summary>
    public string[]? Pipelines { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }
}
