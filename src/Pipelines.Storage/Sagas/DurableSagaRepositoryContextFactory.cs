using MassTransit;
using MassTransit.Middleware;
using MassTransit.Saga;
using Npgsql;
using Pipelines.Engine.Durable;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Sagas;

/// <summary>Gives MassTransit the saga of a message: its row, locked until the message's transaction ends.</summary>
internal sealed class DurableSagaRepositoryContextFactory<TSaga>(
    UnitOfWork unit, SagaTable<TSaga> table, ISagaConsumeContextFactory<UnitOfWork, TSaga> factory, NpgsqlDataSource dataSource)
    : ISagaRepositoryContextFactory<TSaga>, ILoadSagaRepositoryContextFactory<TSaga>
    where TSaga : class, IDurableSaga
{
    public async Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<TSaga, T>> next)
        where T : class
    {
        if (unit.Consuming is null)
        {
            throw new InvalidOperationException(
                $"Saga '{table.Name}' is on an endpoint without the durable core. Call AddDurableCore() in AddMassTransit, or UseDurableCore(context) on the endpoint.");
        }

        var correlationId = context.CorrelationId
            ?? throw new SagaException("The message has no correlation id", typeof(TSaga), typeof(T));
        var saga = await unit.LockAsync(SagaSql.Lock, table.Key(correlationId), reader => table.Read(reader, correlationId), context.CancellationToken);
        if (unit.AlreadyConsumed)
        {
            return;
        }

        await next.Send(new DurableSagaRepositoryContext<TSaga, T>(unit, table, factory, context, saga));
    }

    public Task SendQuery<T>(ConsumeContext<T> context, ISagaQuery<TSaga> query, IPipe<SagaRepositoryQueryContext<TSaga, T>> next)
        where T : class =>
        throw new NotSupportedException(
            $"Saga '{table.Name}' correlates {typeof(T).Name} by a query. Sagas are found by id only: use CorrelateById, and let the message carry the id.");

    public async Task<T> Execute<T>(Func<LoadSagaRepositoryContext<TSaga>, Task<T>> asyncMethod, CancellationToken cancellationToken = default)
        where T : class =>
        await asyncMethod(new LoadContext(dataSource, table, cancellationToken));

    public void Probe(ProbeContext context) => context.Add("persistence", "postgresql");

    private sealed class LoadContext(NpgsqlDataSource dataSource, SagaTable<TSaga> table, CancellationToken cancellationToken)
        : BasePipeContext(cancellationToken), LoadSagaRepositoryContext<TSaga>
    {
        public async Task<TSaga> Load(Guid correlationId)
        {
            await using var connection = await dataSource.OpenConnectionAsync(CancellationToken);
            await using var command = new NpgsqlCommand(SagaSql.Read, connection);
            Parameters.AddTo(command.Parameters, table.Key(correlationId));
            await using var reader = await command.ExecuteReaderAsync(CancellationToken);
            return await reader.ReadAsync(CancellationToken) ? table.Read(reader, correlationId) : null!;
        }
    }
}
