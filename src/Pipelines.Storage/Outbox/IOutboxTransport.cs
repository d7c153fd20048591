using MassTransit;
using MassTransit.Serialization;

namespace Pipelines.Storage.Outbox;

/// <summary>The last step of a send, apart so that a test can kill the process there.</summary>
internal interface IOutboxTransport
{
    Task SendAsync(Uri destination, Guid messageId, Envelope envelope, byte[] body, CancellationToken cancellationToken);
}

internal sealed class BusTransport(Lazy<IBus> bus, TimeProvider time) : IOutboxTransport
{
    public async Task SendAsync(Uri destination, Guid messageId, Envelope envelope, byte[] body, CancellationToken cancellationToken)
    {
        var endpoint = await bus.Value.GetSendEndpoint(destination);
        await endpoint.Send(new SerializedMessageBody(), new ResendPipe(messageId, envelope, body, time), cancellationToken);
    }
}
