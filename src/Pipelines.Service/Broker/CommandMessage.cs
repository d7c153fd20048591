using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Pipelines.Service.Http;
using RabbitMQ.Client;

namespace Pipelines.Service.Broker;

/// <summary>Which command; known by the exchange that it was sent to.</summary>
internal enum CommandKind
{
    PromoteFlows,
    AbortPromotion,
    RetryPromotion,
}

/// <summary>A command cannot be understood: which field or header, and a sentence with the cure.</summary>
internal sealed class CommandFaultException(string part, string reason) : Exception(reason)
{
    public string Field => part;
}

/// <summary>
/// A message as it came: raw JSON with CloudEvents headers (binary mode), a CloudEvent as JSON (structured mode), or MassTransit's envelope. Everything is read as
/// far as it can be, and only what is asked for is judged.
/// </summary>
internal sealed class CommandMessage
{
    private const string StructuredType = "application/cloudevents+json";
    private const string EnvelopeType = "application/vnd.masstransit+json";

    /// <summary>As of a webhook.</summary>
    private const int Largest = BodyReader.MaxBytes;
    private const int LongestId = 200;

    private readonly IReadOnlyBasicProperties _properties;
    private readonly JsonElement? _outer;

    public CommandMessage(CommandKind kind, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body)
    {
        Kind = kind;
        Body = body;
        _properties = properties;
        if (IsEnvelope || IsStructured)
        {
            _outer = TryParse(body);
        }
    }

    public CommandKind Kind { get; }

    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The user that the broker vouches for; null when the sender did not say.</summary>
    public string? User => _properties.UserId;

    public bool IsEnvelope => IsOf(EnvelopeType);

    /// <summary>What makes a repeat the same command: of CloudEvents, of the envelope, or of the message.</summary>
    public string? Id => Attribute("id") ?? Outer("messageId") ?? (_properties.MessageId is { Length: > 0 } id ? id : null);

    /// <summary>CloudEvents ids are unique within a source.</summary>
    public string Source => Attribute("source") ?? "";

    public string? CorrelationId => _properties.CorrelationId is { Length: > 0 } id ? id : Outer("correlationId") ?? Id;

    public string? ReplyTo => _properties.ReplyTo is { Length: > 0 } queue ? queue : null;

    /// <summary>Where MassTransit wants the answer.</summary>
    public Uri? ResponseAddress => Uri.TryCreate(Outer("responseAddress"), UriKind.Absolute, out var address) ? address : null;

    public string? RequestId => Outer("requestId");

    public string? ConversationId => Outer("conversationId");

    public string ContentType => _properties.ContentType is { Length: > 0 } type ? type : "application/json";

    /// <summary>How often the broker has delivered it before.</summary>
    public int Deliveries => int.TryParse(Header("x-delivery-count"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    private bool IsStructured => IsOf(StructuredType);

    public string? Header(string name) => CloudEventHeaders.Text(_properties.Headers, name);

    /// <summary>Headers that are text, to be kept with a message that is set aside.</summary>
    public IReadOnlyDictionary<string, string> Headers() => (_properties.Headers ?? new Dictionary<string, object?>())
        .Select(x => (x.Key, Value: Header(x.Key))).Where(x => x.Value is not null).ToDictionary(x => x.Key, x => x.Value!, StringComparer.Ordinal);

    /// <summary>The id, judged.</summary>
    /// <exception cref="CommandFaultException">There is none, or it cannot be kept.</exception>
    public string NeedId()
    {
        if (Attribute("specversion") is { } version && version != "1.0")
        {
            throw new CommandFaultException("cloudEvents_specversion", $"cloudEvents_specversion is '{BodyReader.Shown(version)}', and 1.0 is understood.");
        }

        return Id is not { Length: > 0 } id
            ? throw new CommandFaultException("message_id", "The message has no id: set the property message_id, or the header cloudEvents_id. The same id, sent again, is the same command.")
            : BodyReader.WhyNotText(id, LongestId, oneLine: true) is { } flaw ? throw new CommandFaultException("message_id", $"The message's id {flaw}")
            : BodyReader.WhyNotText(Source, LongestId, oneLine: true) is { } other ? throw new CommandFaultException("cloudEvents_source", $"cloudEvents_source {other}")
            : id;
    }

    /// <summary>The command itself.</summary>
    /// <param name="known">The fields that may be there.</param>
    /// <exception cref="CommandFaultException">It is none.</exception>
    public JsonElement Command(params string[] known)
    {
        if (Body.Length > Largest)
        {
            throw new CommandFaultException("body", "A body has at most 1 MiB.");
        }

        if (!IsEnvelope && !IsStructured && !ContentType.Contains("json", StringComparison.OrdinalIgnoreCase))
        {
            throw new CommandFaultException("content_type", $"The property content_type is '{BodyReader.Shown(ContentType)}'. Send application/json.");
        }

        if (TryParse(Body) is not { ValueKind: JsonValueKind.Object } whole)
        {
            throw new CommandFaultException("body", "The body is no JSON object in UTF-8, or says a field twice, or has half a surrogate pair in a field's name.");
        }

        var inner = IsEnvelope ? "message" : IsStructured ? "data" : null;
        var command = inner is null ? whole : whole.TryGetProperty(inner, out var part) ? part : default;
        if (command.ValueKind != JsonValueKind.Object)
        {
            throw new CommandFaultException(inner!, $"'{inner}' is missing, or is no object.");
        }

        foreach (var property in command.EnumerateObject())
        {
            if (!known.Contains(property.Name, StringComparer.Ordinal))
            {
                throw new CommandFaultException(BodyReader.Shown(property.Name), $"The field '{BodyReader.Shown(property.Name)}' is not known. Known here: {string.Join(", ", known)}.");
            }
        }

        return command;
    }

    private string? Attribute(string name) => IsStructured ? Outer(name) : CloudEventHeaders.Read(_properties.Headers, name);

    private string? Outer(string name) =>
        _outer is { ValueKind: JsonValueKind.Object } outer && outer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && TextOf(value) is { Length: > 0 } text ? text : null;

    private bool IsOf(string type) => ContentType.StartsWith(type, StringComparison.OrdinalIgnoreCase);

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonElement? TryParse(ReadOnlyMemory<byte> body)
    {
        if (body.Length > Largest || !Utf8.IsValid(body.Span))
        {
            return null;
        }

        try
        {
            if (HalfPairs.InNames(body.Span))
            {
                return null;
            }

            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
