using Dapper;
using Npgsql;

namespace Pipelines.Storage.Audit;

/// <summary>Who changed what. A line is written in the transaction of its change: there is neither without the other.</summary>
public sealed class AuditLog
{
    internal static readonly string Add = Query.Load("audit/add");
    internal static readonly string Trim = Query.Load("audit/trim");

    private static readonly string List = Query.Load("audit/list");

    private readonly NpgsqlDataSource _dataSource;
    private readonly Outside _outside;
    private readonly TimeProvider _time;

    internal AuditLog(NpgsqlDataSource dataSource, Outside outside, TimeProvider time) => (_dataSource, _outside, _time) = (dataSource, outside, time);

    /// <summary>The newest first.</summary>
    /// <param name="reach">Only what concerns no other pipelines than these; null is all.</param>
    /// <param name="by">Only what they asked for; null is everybody.</param>
    /// <param name="about">Only what was changed there; null is everything.</param>
    /// <param name="after">From behind this one; null is from the newest.</param>
    public Task<IReadOnlyList<AuditRow>> ListAsync(IReadOnlyList<string>? reach, string? by, string? about, long? after, int limit, CancellationToken cancellationToken) =>
        _outside.QueryAsync<AuditRow>(List, new { reach = reach?.ToArray(), by, about, after, limit }, cancellationToken);

    /// <summary>Runs a change that returns a row when it happened, and notes it.</summary>
    /// <param name="line">The note, from the row.</param>
    /// <returns>Whether it happened.</returns>
    internal async Task<bool> ChangeAsync<T>(string sql, object arguments, Actor by, Func<T, AuditLine> line, CancellationToken cancellationToken)
        where T : class
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, arguments, transaction, cancellationToken: cancellationToken)) is not { } changed)
        {
            return false;
        }

        await connection.ExecuteAsync(new CommandDefinition(Add, line(changed).Row(by, _time.GetUtcNow()), transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
