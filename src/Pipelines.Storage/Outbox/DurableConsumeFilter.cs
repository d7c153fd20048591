using System.Diagnostics;
using MassTransit;
using MassTransit.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Durable;
using Pipelines.Storage.DeadLetters;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Outbox;

/// <summary>
/// Wraps one consumer's or saga's handling of one message into a unit of work: all of it is committed, with the inbox row as the referee,
/// or none of it happened. What it sent leaves after the commit.
/// </summary>
/// <param name="gate">Where a machine's decisions wait for their place; null for a consumer, which mostly waits for others and looks whether the message was consumed before it does.</param>
internal sealed partial class DurableConsumeFilter<TMessage>(
    IConsumeScopeProvider scopes, ConsumerMap consumers, string consumer, DecisionGate? gate, int deadlyAfter, ILogger<DurableCore> logger) : IFilter<ConsumeContext<TMessage>>
    where TMessage : class
{
    /// <summary>What a quorum queue says about a message that was delivered before and not acknowledged.</summary>
    private const string DeliveryCount = "x-delivery-count";

    public async Task Send(ConsumeContext<TMessage> context, IPipe<ConsumeContext<TMessage>> next)
    {
#if FAULT_HOOKS
        // A thread that is held at a crash point must not be the one that hands out the next messages.
        await Task.Yield();
#endif
        CrashPoint.Within(consumer[(consumer.IndexOf('/', StringComparison.Ordinal) + 1)..], context.ConversationId, context.Message);
        var messageId = context.GetOriginalMessageId()
            ?? throw new MessageException(typeof(TMessage), "The message has no id, so nobody could tell whether it was consumed before.");

        if (context.ReceiveContext.TransportHeaders.Get<long>(DeliveryCount) is { } deliveries && deliveries >= deadlyAfter)
        {
            throw new DeadlyMessageException((int)deliveries);
        }

        using var place = gate is null ? null : await gate.EnterAsync(context.CancellationToken);
        await using var scope = await scopes.GetScope(context);
        var unit = scope.GetService<UnitOfWork>();
        if (place is not null)
        {
            unit.Occupy(place);
        }

        unit.BeginConsuming(new Consumption(messageId, consumer, consumers.CountFor(context.DestinationAddress, context.SupportedMessageTypes)));

        // A saga looks while it takes its row; everybody else looks before the work, which may take long and touch a replica.
        if (gate is null && await unit.WasConsumedAsync(context.CancellationToken))
        {
            // Nobody behind this filter says so: without it the message would be taken for one that nobody knows, and be set aside.
            await context.NotifyConsumed(TimeSpan.Zero, consumer);
        }
        else
        {
            await ConsumeAsync(scope, unit, next);
        }

        if (unit.AlreadyConsumed)
        {
            await unit.RollbackAsync();
            unit.Settled();
            LogSwallowed(logger, messageId, consumer);
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("durableCore");

    private async Task ConsumeAsync(IConsumeScopeContext<TMessage> scope, UnitOfWork unit, IPipe<ConsumeContext<TMessage>> next)
    {
        var context = new DurableConsumeContext<TMessage>(scope.Context, unit, consumers, scope.GetService<IServiceProvider>());
        var since = Stopwatch.StartNew();
        try
        {
            using (scope.PushConsumeContext(context))
            {
                await next.Send(context);
                await context.ConsumeCompleted;
            }
        }
        catch
        {
            await unit.RollbackAsync();
            throw;
        }

        if (unit.AlreadyConsumed)
        {
            return;
        }

        try
        {
            // The work is done: a bus that stops just now may as well have it.
            await unit.CommitAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            // The consumer has said that all is well before the commit failed.
            if (!context.ReceiveContext.IsFaulted)
            {
                await context.NotifyFaulted(since.Elapsed, consumer, e);
            }

            throw;
        }
    }

    [LoggerMessage(2201, LogLevel.Debug, "Message {MessageId} had been consumed by {Consumer} before; nothing was done again.")]
    private static partial void LogSwallowed(ILogger logger, Guid messageId, string consumer);
}

/// <summary>The name under which the durable core logs.</summary>
internal sealed class DurableCore;
