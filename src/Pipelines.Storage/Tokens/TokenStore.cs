using Dapper;
using Npgsql;
using Pipelines.Storage.Durable;

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

    private readonly NpgsqlDataSource _dataSource;
    private readonly TimeProvider _time;

    public TokenStore(NpgsqlDataSource dataSource, TimeProvider time)
    {
        DapperConventions.Apply();
        (_dataSource, _time) = (dataSource, time);
    }

    /// <summary>The token with that hash, or null when there is none or it was revoked.</summary>
    public async Task<ApiToken?> FindAsync(byte[] hash, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ApiToken>(new CommandDefinition(Find, new { hash }, cancellationToken: cancellationToken));
    }

    /// <summary>All, the revoked ones too, in the order in which they were made.</summary>
    public async Task<IReadOnlyList<ApiToken>> ListAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<ApiToken>(new CommandDefinition(List, cancellationToken: cancellationToken))).AsList();
    }

    /// <returns>False when the name is taken.</returns>
    public Task<bool> AddAsync(Guid id, string name, byte[] hash, IReadOnlyList<string> scopes, CancellationToken cancellationToken) =>
        ExecuteAsync(Insert, new { id, name, hash, scopes = scopes.ToArray(), now = _time.GetUtcNow() }, cancellationToken);

    /// <summary>Makes the token of that name this one, whatever it was before.</summary>
    /// <returns>Whether that was news.</returns>
    public Task<bool> KeepAsync(string name, byte[] hash, IReadOnlyList<string> scopes, CancellationToken cancellationToken) =>
        ExecuteAsync(Keep, new { id = Guid.NewGuid(), name, hash, scopes = scopes.ToArray(), now = _time.GetUtcNow() }, cancellationToken);

    /// <returns>False when there is no such token, or it was revoked before.</returns>
    public Task<bool> RevokeAsync(Guid id, CancellationToken cancellationToken) =>
        ExecuteAsync(Revoke, new { id, now = _time.GetUtcNow() }, cancellationToken);

    /// <summary>Notes that it was used; at most once a minute there is something to write.</summary>
    public Task TouchAsync(Guid id, CancellationToken cancellationToken) =>
        ExecuteAsync(Touch, new { id, now = _time.GetUtcNow() }, cancellationToken);

    private async Task<bool> ExecuteAsync(string sql, object arguments, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken)) > 0;
    }
}

/// <summary>A token of the API as it is kept.</summary>
public sealed record ApiToken
{
    public Guid Id { get; init; }

    /// <summary>Who or what has it; promotions say it as who asked.</summary>
    public required string Name { get; init; }

    /// <summary>The SHA-256 of the token.</summary>
    public required byte[] Hash { get; init; }

    public required string[] Scopes { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }
}
