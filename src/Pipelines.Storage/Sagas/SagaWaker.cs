using Pipelines.Engine.Durable;

namespace Pipelines.Storage.Sagas;

/// <summary>What the watchdog needs to know of a machine: what wakes one of its sagas.</summary>
internal interface ISagaWaker
{
    /// <summary>The machine's name in its rows.</summary>
    string Machine { get; }

    (object Message, Guid Promotion) WakeUp(Guid correlationId, string state, DateTimeOffset? deadlineAt, string body);
}

internal sealed class SagaWaker<TSaga>(SagaTable<TSaga> table) : ISagaWaker
    where TSaga : WaitingSaga
{
    public string Machine => table.Name;

    public (object Message, Guid Promotion) WakeUp(Guid correlationId, string state, DateTimeOffset? deadlineAt, string body)
    {
        var saga = table.Read(correlationId, state, deadlineAt, body);
        return (saga.WakeUp(), saga.OfPromotion());
    }
}
