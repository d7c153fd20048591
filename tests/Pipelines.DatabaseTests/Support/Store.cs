using Microsoft.Extensions.DependencyInjection;
using Pipelines.Storage;
using Pipelines.Storage.Durable;

namespace Pipelines.DatabaseTests;

/// <summary>A migrated database and units of work on it, without a host and without a bus: what a test of a store needs.</summary>
internal sealed class Store : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Store(string connectionString)
    {
        ConnectionString = connectionString;
        _services = new ServiceCollection()
            .AddLogging()
            .AddPipelinesStorage(o => o.ConnectionString = connectionString)
            .BuildServiceProvider(validateScopes: true);
    }

    public string ConnectionString { get; }

    public static async Task<Store> CreateAsync() => new(await Cluster.NewMigratedDatabaseAsync());

    /// <summary>Runs in a scope and commits, as an endpoint does for its consumer.</summary>
    public async Task<T> InUnitAsync<T>(Func<UnitOfWork, Task<T>> work)
    {
        await using var scope = _services.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        var answer = await work(unit);
        await unit.CommitAsync();
        return answer;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
