using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Contracts;
using Pipelines.Contracts.Events;
using Pipelines.Engine.Feed;

namespace Pipelines.Service.Broker;

/// <summary>Describes what others see of the broker, after AsyncAPI 3.1, from the very records that travel and the one list of events. A golden test writes it to <c>asyncapi.yaml</c>.</summary>
/// <param name="summaryOf">What the documentation says of a type.</param>
/// <param name="meaningOf">What it says of a property.</param>
internal sealed class AsyncApiDocument(Func<Type, string?> summaryOf, Func<PropertyInfo, string?> meaningOf)
{
    private readonly JsonObject _channels = [];
    private readonly JsonObject _operations = [];
    private readonly JsonObject _messages = [];
    private readonly JsonObject _schemas = [];

    public JsonObject Write()
    {
        foreach (var one in FeedEvents.All)
        {
            AddEvent(one);
        }

        AddAnswers();
        AddCommand(CommandKind.PromoteFlows, typeof(PromoteFlows), "pipeline");
        AddCommand(CommandKind.AbortPromotion, typeof(AbortPromotion), "promotionId");
        AddCommand(CommandKind.RetryPromotion, typeof(RetryPromotion), "promotionId");
        return new()
        {
            ["asyncapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Pipelines",
                ["version"] = "1.0.0",
                ["description"] =
                    $"What happens to promotions is published on the topic exchange {Topology.Events}, at least once and in order per promotion. Commands are taken from exchanges of their own, "
                    + "and answered. Events are CloudEvents 1.0 in binary mode: the body is the data, the attributes are headers that begin with cloudEvents_.",
                ["license"] = new JsonObject { ["name"] = "Apache-2.0" },
            },
            ["defaultContentType"] = "application/json",
            ["channels"] = _channels,
            ["operations"] = _operations,
            ["components"] = new JsonObject { ["messages"] = _messages, ["schemas"] = _schemas },
        };
    }

    private void AddEvent(FeedEvent one)
    {
        var name = one.Data.Name;
        _messages[name] = new JsonObject
        {
            ["name"] = one.Type,
            ["title"] = one.Name,
            ["summary"] = summaryOf(one.Data),
            ["contentType"] = "application/json",
            ["headers"] = Headers(one),
            ["payload"] = RefTo(one.Data),
            ["bindings"] = AmqpMessage(one.Type),
        };
        var channel = new JsonObject
        {
            ["address"] = one.OfPipeline ? $"{one.Name}.{{pipeline}}" : one.Name,
            ["description"] = summaryOf(one.Data),
            ["messages"] = new JsonObject { [name] = Ref($"#/components/messages/{name}") },
        };
        if (one.OfPipeline)
        {
            channel["parameters"] = new JsonObject { ["pipeline"] = new JsonObject { ["description"] = "The pipeline's name; bind with * for all." } };
        }

        channel["bindings"] = Exchange(Topology.Events, "topic");
        _channels[name] = channel;
        _operations[$"send{name}"] = new JsonObject
        {
            ["action"] = "send",
            ["channel"] = Ref($"#/channels/{name}"),
            ["summary"] = $"Says {one.Name}.",
            ["messages"] = new JsonArray(Ref($"#/channels/{name}/messages/{name}")),
        };
    }

    private void AddAnswers()
    {
        const string Name = nameof(CommandAnswer);
        _messages[Name] = new JsonObject
        {
            ["name"] = "pipelines.command.{status}.v1",
            ["title"] = "answer",
            ["summary"] = summaryOf(typeof(CommandAnswer)),
            ["contentType"] = "application/json",
            ["correlationId"] = new JsonObject { ["description"] = "The property correlation_id of the command, else its id.", ["location"] = "$message.header#/correlation_id" },
            ["payload"] = RefTo(typeof(CommandAnswer)),
        };
        _channels["Answers"] = new JsonObject
        {
            ["address"] = null,
            ["description"] = "The queue that the command's property reply_to names.",
            ["messages"] = new JsonObject { [Name] = Ref($"#/components/messages/{Name}") },
        };
    }

    private void AddCommand(CommandKind kind, Type data, string required)
    {
        var name = kind.ToString();
        var exchange = Topology.ExchangeOf(kind);
        _messages[name] = new JsonObject
        {
            ["name"] = name,
            ["title"] = Topology.WordOf(kind),
            ["summary"] = summaryOf(data),
            ["description"] =
                "Vouched for by the broker (property user_id) or signed (headers webhook-id, webhook-timestamp, webhook-signature, as Standard Webhooks 1.0.0 says). Named by the property message_id, "
                + "or by the headers cloudEvents_id and cloudEvents_source; the same name again is the same command. application/cloudevents+json and MassTransit's envelope are read too.",
            ["contentType"] = "application/json",
            ["headers"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["cloudEvents_id"] = Text("Names the command within its source; else message_id does."),
                    ["cloudEvents_source"] = Text("Who names it."),
                    ["cloudEvents_specversion"] = new JsonObject { ["type"] = "string", ["const"] = "1.0" },
                    ["webhook-id"] = Text("The id that was signed."),
                    ["webhook-timestamp"] = Text("When it was signed, in seconds since 1970; within the last day."),
                    ["webhook-signature"] = Text("v1,<base64 of HMAC-SHA256 over id.timestamp.body>; several with a space between."),
                },
            },
            ["payload"] = Record(data, [required], isClosed: true),
        };
        _channels[name] = new JsonObject
        {
            ["address"] = exchange,
            ["description"] = summaryOf(data),
            ["messages"] = new JsonObject { [name] = Ref($"#/components/messages/{name}") },
            ["bindings"] = Exchange(exchange, "fanout"),
        };
        _operations[$"receive{name}"] = new JsonObject
        {
            ["action"] = "receive",
            ["channel"] = Ref($"#/channels/{name}"),
            ["summary"] = $"Takes {Topology.WordOf(kind)}.",
            ["messages"] = new JsonArray(Ref($"#/channels/{name}/messages/{name}")),
            ["reply"] = new JsonObject
            {
                ["address"] = new JsonObject { ["description"] = "The property reply_to.", ["location"] = "$message.header#/reply_to" },
                ["channel"] = Ref("#/channels/Answers"),
                ["messages"] = new JsonArray(Ref($"#/channels/Answers/messages/{nameof(CommandAnswer)}")),
            },
        };
    }

    private static JsonObject Headers(FeedEvent one) => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("cloudEvents_specversion", "cloudEvents_id", "cloudEvents_source", "cloudEvents_type"),
        ["properties"] = new JsonObject
        {
            ["cloudEvents_specversion"] = new JsonObject { ["type"] = "string", ["const"] = CloudEvent.SpecVersion },
            ["cloudEvents_id"] = Text("The same however often the event is delivered."),
            ["cloudEvents_source"] = Text(one.OfPipeline ? "The pipeline: /pipelines/<name>." : "/webhooks."),
            ["cloudEvents_type"] = new JsonObject { ["type"] = "string", ["const"] = one.Type },
            ["cloudEvents_subject"] = new JsonObject { ["type"] = "string", ["format"] = "uuid", ["description"] = SubjectOf(one) },
            ["cloudEvents_time"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            ["cloudEvents_sequence"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]{10}$", ["description"] = "Grows within the subject." },
            ["cloudEvents_partitionkey"] = Text(SubjectOf(one)),
        },
    };

    private static string SubjectOf(FeedEvent one) => one.OfPipeline ? "The promotion." : "The subscription.";

    private static JsonObject Exchange(string name, string type) => new()
    {
        ["amqp"] = new JsonObject
        {
            ["is"] = "routingKey",
            ["exchange"] = new JsonObject { ["name"] = name, ["type"] = type, ["durable"] = true, ["autoDelete"] = false, ["vhost"] = "/" },
            ["bindingVersion"] = "0.3.0",
        },
    };

    private static JsonObject AmqpMessage(string type) => new()
    {
        ["amqp"] = new JsonObject { ["contentEncoding"] = "utf-8", ["messageType"] = type, ["bindingVersion"] = "0.3.0" },
    };

    private JsonObject RefTo(Type record)
    {
        if (!_schemas.ContainsKey(record.Name))
        {
            // Its place is taken first, in case it holds itself.
            _schemas[record.Name] = new JsonObject();
            _schemas[record.Name] = Record(record, null, isClosed: false);
        }

        return Ref($"#/components/schemas/{record.Name}");
    }

    /// <param name="required">Null: what can never be null.</param>
    private JsonObject Record(Type record, string[]? required, bool isClosed)
    {
        var nullability = new NullabilityInfoContext();
        var properties = new JsonObject();
        var always = new JsonArray();
        // In the order of its constructor, which is the order in which people read it.
        foreach (var parameter in record.GetConstructors().MaxBy(x => x.GetParameters().Length)!.GetParameters())
        {
            var property = record.GetProperty(parameter.Name!)!;
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var schema = Value(property.PropertyType);
            if ((meaningOf(property) ?? MeaningElsewhere(property.Name)) is { } meaning)
            {
                schema["description"] = meaning;
            }

            properties[name] = schema;
            if (required?.Contains(name, StringComparer.Ordinal) ?? nullability.Create(property).ReadState == NullabilityState.NotNull)
            {
                always.Add((JsonNode)name);
            }
        }

        var whole = new JsonObject { ["type"] = "object" };
        if (summaryOf(record) is { } summary)
        {
            whole["description"] = summary;
        }

        whole["required"] = always;
        whole["properties"] = properties;
        if (isClosed)
        {
            whole["additionalProperties"] = false;
        }

        return whole;
    }

    // Said once, in the first event, and true of all.
    private string? MeaningElsewhere(string property) =>
        typeof(PromotionAcceptedV1).GetProperty(property) is { } said ? meaningOf(said) : null;

    private JsonObject Value(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? new() { ["type"] = "string" }
            : type == typeof(Guid) ? new() { ["type"] = "string", ["format"] = "uuid" }
            : type == typeof(int) ? new() { ["type"] = "integer" }
            : type == typeof(bool) ? new() { ["type"] = "boolean" }
            : type == typeof(DateTimeOffset) ? new() { ["type"] = "string", ["format"] = "date-time" }
            : type.IsEnum ? new() { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(x => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(x))]) }
            : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? new() { ["type"] = "array", ["items"] = RefTo(type.GetGenericArguments()[0]) }
            : throw new NotSupportedException($"asyncapi.yaml does not know how to say {type}.");
    }

    private static JsonObject Ref(string place) => new() { ["$ref"] = place };

    private static JsonObject Text(string meaning) => new() { ["type"] = "string", ["description"] = meaning };
}
