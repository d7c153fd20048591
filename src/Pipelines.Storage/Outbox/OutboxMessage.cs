using System.Text.Json;
using MassTransit;
using MassTransit.Context;
using MassTransit.Serialization;

namespace Pipelines.Storage.Outbox;

/// <summary>A message as a row: the body as it will travel, and beside it what the transport wants to know.</summary>
internal sealed class OutboxMessage
{
    public required Guid MessageId { get; init; }

    public required Uri Destination { get; init; }

    public required Envelope Envelope { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>The timer's token; null for what is sent at once.</summary>
    public Guid? Token { get; init; }

    /// <summary>A timer's time; null for what is sent at once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>How many consumers of this process will consume it; asked by a transport that keeps messages in memory only.</summary>
    public required int Consumers { get; init; }

    public DateTimeOffset VisibleAt { get; set; }

    /// <summary>Set when the unit of work leaves it to the relay from the start.</summary>
    public bool LeftToRelay { get; set; }

    /// <summary>The process that sends it; should that die, any other may.</summary>
    public Guid? SentBy { get; set; }

    /// <summary>Since when it is in that process's memory; null when a broker takes it.</summary>
    public DateTimeOffset? SentAt { get; set; }

    public static OutboxMessage From<T>(SendContext<T> context, ConsumerMap consumers, TimeProvider time)
        where T : class
    {
        var destination = context.DestinationAddress ?? throw new InvalidOperationException($"A {typeof(T).Name} is sent without a destination.");
        var now = time.GetUtcNow();

        // A raw serializer writes its headers while it makes the body, so the body comes first.
        var body = context.Serializer.GetMessageBody(context).GetBytes();
        var properties = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        if (context is TransportSendContext<T> transport)
        {
            transport.WritePropertiesTo(properties);
            // The row does the waiting; the transport must not wait once more.
            properties.Remove("Delay");
        }

        return new OutboxMessage
        {
            MessageId = context.MessageId ?? throw new InvalidOperationException($"A {typeof(T).Name} is sent without a message id."),
            Destination = destination,
            Body = body,
            Token = context.ScheduledMessageId,
            DueAt = context.Delay is { } delay && delay > TimeSpan.Zero ? now + delay : null,
            Consumers = consumers.CountFor(destination, context.SupportedMessageTypes),
            Envelope = new Envelope
            {
                ContentType = context.ContentType?.ToString() ?? context.Serialization.DefaultContentType.ToString(),
                MessageTypes = context.SupportedMessageTypes,
                RequestId = context.RequestId,
                ConversationId = context.ConversationId,
                CorrelationId = context.CorrelationId,
                InitiatorId = context.InitiatorId,
                SourceAddress = context.SourceAddress,
                ResponseAddress = context.ResponseAddress,
                FaultAddress = context.FaultAddress,
                ExpiresAt = context.TimeToLive is { } life ? now + life : null,
                Headers = SystemTextJsonMessageSerializer.Instance.SerializeDictionary(context.Headers.GetAll()),
                Properties = SystemTextJsonMessageSerializer.Instance.SerializeDictionary(properties),
            },
        };
    }

    public object ToRow(DateTimeOffset now) => new
    {
        message_id = MessageId,
        destination = Destination.ToString(),
        envelope = JsonSerializer.Serialize(Envelope, Envelope.Json),
        body = Body,
        visible_at = VisibleAt,
        token = Token,
        sent_by = SentBy,
        sent_at = SentAt,
        remaining = Consumers,
        now,
    };

    public static object ToRows(IReadOnlyCollection<OutboxMessage> messages, DateTimeOffset now) => new
    {
        message_ids = messages.Select(x => x.MessageId).ToArray(),
        destinations = messages.Select(x => x.Destination.ToString()).ToArray(),
        envelopes = messages.Select(x => JsonSerializer.Serialize(x.Envelope, Envelope.Json)).ToArray(),
        bodies = messages.Select(x => x.Body).ToArray(),
        visible_ats = messages.Select(x => x.VisibleAt.ToUniversalTime()).ToArray(),
        tokens = messages.Select(x => x.Token).ToArray(),
        sent_bys = messages.Select(x => x.SentBy).ToArray(),
        sent_ats = messages.Select(x => x.SentAt?.ToUniversalTime()).ToArray(),
        remainings = messages.Select(x => x.Consumers).ToArray(),
        now,
    };
}

/// <summary>What the transport wants to know beside the body; readable in the row.</summary>
internal sealed class Envelope
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    public required string ContentType { get; init; }

    public required string[] MessageTypes { get; init; }

    public Guid? RequestId { get; init; }

    public Guid? ConversationId { get; init; }

    public Guid? CorrelationId { get; init; }

    public Guid? InitiatorId { get; init; }

    public Uri? SourceAddress { get; init; }

    public Uri? ResponseAddress { get; init; }

    public Uri? FaultAddress { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The headers as MassTransit writes them, with the trace parent among them.</summary>
    public string? Headers { get; init; }

    public string? Properties { get; init; }
}
