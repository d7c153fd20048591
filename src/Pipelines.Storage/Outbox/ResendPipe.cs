using System.Net.Mime;
using MassTransit;
using MassTransit.Context;
using MassTransit.Serialization;

namespace Pipelines.Storage.Outbox;

/// <summary>Gives a send context everything that the row remembers. The body goes as it is, byte for byte.</summary>
internal sealed class ResendPipe(Guid messageId, Envelope envelope, byte[] body, TimeProvider time) : IPipe<SendContext>
{
    public Task Send(SendContext context)
    {
        context.MessageId = messageId;
        context.RequestId = envelope.RequestId;
        context.ConversationId = envelope.ConversationId;
        context.CorrelationId = envelope.CorrelationId;
        context.InitiatorId = envelope.InitiatorId;
        context.SourceAddress = envelope.SourceAddress;
        context.ResponseAddress = envelope.ResponseAddress;
        context.FaultAddress = envelope.FaultAddress;
        context.SupportedMessageTypes = envelope.MessageTypes;
        if (envelope.ExpiresAt is { } expiresAt)
        {
            var left = expiresAt - time.GetUtcNow();
            context.TimeToLive = left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
        }

        foreach (var (name, value) in Dictionary(envelope.Headers))
        {
            context.Headers.Set(name, value);
        }

        if (context is TransportSendContext transport && Dictionary(envelope.Properties) is { Count: > 0 } properties)
        {
            transport.ReadPropertiesFrom(properties);
        }

        context.Serializer = new StoredBody(new ContentType(envelope.ContentType), body);
        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context) => context.CreateScope("outboxResend");

    private static Dictionary<string, object> Dictionary(string? text) =>
        SystemTextJsonMessageSerializer.Instance.DeserializeDictionary<object>(text) ?? [];

    private sealed class StoredBody(ContentType contentType, byte[] body) : IMessageSerializer
    {
        public ContentType ContentType => contentType;

        public MessageBody GetMessageBody<T>(SendContext<T> context)
            where T : class => new BytesMessageBody(body);
    }
}
