using System.Text.Json;
using Pipelines.Contracts;
using Pipelines.Engine.Feed;
using RabbitMQ.Client;

namespace Pipelines.Service.Broker;

/// <summary>An answer on its way: raw JSON to the queue that the message named, or an envelope to where MassTransit listens.</summary>
internal sealed record CommandReply(string Exchange, string RoutingKey, BasicProperties Properties, byte[] Body)
{
    private const string Source = "/pipelines/commands";

    public static string TypeOf(CommandStatus status) => $"pipelines.command.{JsonNamingPolicy.CamelCase.ConvertName(status.ToString())}.v1";

    /// <summary>Null when nobody waits for one.</summary>
    public static CommandReply? Of(CommandMessage message, CommandAnswer answer, DateTimeOffset now)
    {
        if (message.ResponseAddress is { } address && NameOf(address) is { } exchange)
        {
            return IsOurs(exchange) ? null : new CommandReply(exchange, "", PropertiesOf(message, answer, now, "application/vnd.masstransit+json"), EnvelopeOf(message, answer, address, now));
        }

        return message.ReplyTo is { } queue && !IsOurs(queue)
            ? new CommandReply("", queue, PropertiesOf(message, answer, now, "application/json"), JsonSerializer.SerializeToUtf8Bytes(answer, CloudEvent.Json))
            : null;
    }

    // Whoever may send commands must not make us write where only the engine writes.
    private static bool IsOurs(string name) =>
        name.StartsWith("pipelines", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Pipelines.", StringComparison.Ordinal) || name.StartsWith("MassTransit:", StringComparison.Ordinal);

    private static string? NameOf(Uri address)
    {
        var path = address.AbsolutePath;
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]) is { Length: > 0 } name ? name : null;
    }

    private static BasicProperties PropertiesOf(CommandMessage message, CommandAnswer answer, DateTimeOffset now, string contentType) => new()
    {
        ContentType = contentType,
        DeliveryMode = DeliveryModes.Persistent,
        MessageId = Guid.NewGuid().ToString(),
        CorrelationId = message.CorrelationId,
        Type = TypeOf(answer.Status),
        AppId = "pipelines",
        Timestamp = new AmqpTimestamp(now.ToUnixTimeSeconds()),
        Headers = CloudEventHeaders.Of(
        [
            new("specversion", CloudEvent.SpecVersion), new("id", $"{message.Id}-answer"), new("source", Source), new("type", TypeOf(answer.Status)),
            new("time", now.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture)),
        ]),
    };

    private static byte[] EnvelopeOf(CommandMessage message, CommandAnswer answer, Uri address, DateTimeOffset now) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            messageId = Guid.NewGuid(),
            requestId = message.RequestId,
            correlationId = Guid.TryParse(message.CorrelationId, out var id) ? id : (Guid?)null,
            conversationId = message.ConversationId,
            destinationAddress = address,
            messageType = new[] { $"urn:message:{typeof(CommandAnswer).Namespace}:{nameof(CommandAnswer)}" },
            message = answer,
            sentTime = now.UtcDateTime,
            headers = new Dictionary<string, object>(),
        },
        CloudEvent.Json);
}
