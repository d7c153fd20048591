using MassTransit;
using MassTransit.Scheduling;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Outbox;

/// <summary>Timers: a scheduled message is an outbox row with its time, and cancelling deletes it, both in the transaction of who asks.</summary>
internal sealed class OutboxScheduleProvider(ISendEndpointProvider endpoints, UnitOfWork unit) : IScheduleMessageProvider
{
    public async Task<ScheduledMessage<T>> ScheduleSend<T>(
        Uri destinationAddress, DateTime scheduledTime, T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
        where T : class
    {
        var schedule = new ScheduleSendPipe<T>(pipe, scheduledTime) { ScheduledMessageId = ScheduleTokenIdCache<T>.GetTokenId(message) };
        var endpoint = await endpoints.GetSendEndpoint(destinationAddress);
        await endpoint.Send(message, schedule, cancellationToken);
        return new Scheduled<T>(schedule.ScheduledMessageId!.Value, scheduledTime, destinationAddress, message);
    }

    public Task CancelScheduledSend(Guid tokenId, CancellationToken cancellationToken)
    {
        unit.CancelTimer(tokenId);
        return Task.CompletedTask;
    }

    public Task CancelScheduledSend(Uri destinationAddress, Guid tokenId, CancellationToken cancellationToken) =>
        CancelScheduledSend(tokenId, cancellationToken);

    private sealed record Scheduled<T>(Guid TokenId, DateTime ScheduledTime, Uri Destination, T Payload) : ScheduledMessage<T>
        where T : class;
}
