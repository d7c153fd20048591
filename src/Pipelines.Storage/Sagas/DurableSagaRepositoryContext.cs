using MassTransit;
using MassTransit.Context;
using MassTransit.Saga;
using Pipelines.Engine.Durable;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Sagas;

/// <summary>What MassTransit does with the saga of one message. Every write is deferred to the commit.</summary>
internal sealed class DurableSagaRepositoryContext<TSaga, TMessage>(
    UnitOfWork unit, SagaTable<TSaga> table, ISagaConsumeContextFactory<UnitOfWork, TSaga> factory, ConsumeContext<TMessage> context, TSaga? locked)
    : ConsumeContextScope<TMessage>(context), SagaRepositoryContext<TSaga, TMessage>
    where TSaga : class, IDurableSaga
    where TMessage : class
{
    private readonly ConsumeContext<TMessage> _context = context;
    private readonly TSaga? _locked = locked;
    private bool _isNew = locked is null;

    public Task<SagaConsumeContext<TSaga, TMessage>> Add(TSaga instance) =>
        factory.CreateSagaConsumeContext(unit, _context, instance, SagaConsumeContextMode.Add);

    // The insert is the commit's: a twin created meanwhile makes it fail, and the message is tried again.
    public async Task<SagaConsumeContext<TSaga, TMessage>> Insert(TSaga instance) =>
        _locked is not null ? null! : await factory.CreateSagaConsumeContext(unit, _context, instance, SagaConsumeContextMode.Insert);

    public async Task<SagaConsumeContext<TSaga, TMessage>> Load(Guid correlationId) =>
        _locked is null ? null! : await factory.CreateSagaConsumeContext(unit, _context, _locked, SagaConsumeContextMode.Load);

    public Task Save(SagaConsumeContext<TSaga> context)
    {
        unit.Later(SagaSql.Insert, table.ToRow(context.Saga, unit.Time.GetUtcNow()));
        return Task.CompletedTask;
    }

    public Task Update(SagaConsumeContext<TSaga> context)
    {
        unit.Later(_isNew ? SagaSql.Insert : SagaSql.Update, table.ToRow(context.Saga, unit.Time.GetUtcNow()));
        _isNew = false;
        return Task.CompletedTask;
    }

    public Task Delete(SagaConsumeContext<TSaga> context)
    {
        unit.Later(SagaSql.Delete, table.Key(context.Saga.CorrelationId));
        return Task.CompletedTask;
    }

    public Task Discard(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    public Task Undo(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    public Task<SagaConsumeContext<TSaga, T>> CreateSagaConsumeContext<T>(ConsumeContext<T> consumeContext, TSaga instance, SagaConsumeContextMode mode)
        where T : class => factory.CreateSagaConsumeContext(unit, consumeContext, instance, mode);
}
