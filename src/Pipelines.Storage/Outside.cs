using Dapper;
using Npgsql;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage;

/// <summary>Short reads, and single writes, on a connection of their own, outside any unit of work: whoever then talks to replicas for half a minute holds no transaction.</summary>
internal sealed class Outside
{
    private readonly NpgsqlDataSource _dataSource;

    public Outside(NpgsqlDataSource dataSource)
    {
        DapperConventions.Apply();
        _dataSource = dataSource;
    }

    public async Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object arguments, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken));
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object arguments, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken))).AsList();
    }

    /// <returns>The number of affected rows.</returns>
    public async Task<int> ExecuteAsync(string sql, object arguments, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken));
    }
}
