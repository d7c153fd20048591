using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipelines.Engine.Feed;

/// <summary>An event as others get it, after CloudEvents 1.0.</summary>
/// <param name="Number">Its place in the feed; not part of the event.</param>
/// <param name="Event">Which event: <c>promotion.succeeded</c>. Subscriptions and routing keys say it so.</param>
/// <param name="Pipeline">The pipeline's name; empty when it is about none.</param>
/// <param name="Id">Unique within <see cref="Source"/>, and the same however often the event is delivered.</param>
/// <param name="Type">With its version: <c>pipelines.promotion.succeeded.v1</c>.</param>
/// <param name="Subject">The promotion's id, or that of what else it is about.</param>
/// <param name="Sequence">Grows within the subject, so that a late repeat can be told from news.</param>
/// <param name="Data">A record of <c>Pipelines.Contracts.Events</c>, or what a newer version of this program wrote.</param>
public sealed record CloudEvent(long Number, string Event, string Pipeline, string Id, string Type, string Subject, DateTimeOffset Time, int Sequence, object Data)
{
    public const string SpecVersion = "1.0";

    /// <summary>How data travels: camelCase, enums by name, absent for null.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Where it comes from.</summary>
    public string Source => Pipeline.Length == 0 ? "/webhooks" : $"/pipelines/{Uri.EscapeDataString(Pipeline)}";

    /// <summary>What it is published under on the broker: <c>promotion.succeeded.plant-a</c>.</summary>
    public string RoutingKey => Pipeline.Length == 0 ? Event : $"{Event}.{Pipeline}";

    /// <summary>The data alone, in UTF-8: the body in binary mode.</summary>
    public byte[] DataJson() => JsonSerializer.SerializeToUtf8Bytes(Data, Data.GetType(), Json);

    /// <summary>The attributes by their names, without data: headers in binary mode.</summary>
    public IEnumerable<KeyValuePair<string, string>> Attributes()
    {
        yield return new("specversion", SpecVersion);
        yield return new("id", Id);
        yield return new("source", Source);
        yield return new("type", Type);
        yield return new("subject", Subject);
        yield return new("time", Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture));
        yield return new("datacontenttype", "application/json");
        // After the extension "sequence", whose order is that of its text.
        yield return new("sequence", Sequence.ToString("D10", System.Globalization.CultureInfo.InvariantCulture));
        yield return new("partitionkey", Subject);
    }

    /// <summary>The whole event as one JSON object, in UTF-8: structured mode, <c>application/cloudevents+json</c>.</summary>
    public byte[] StructuredJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (name, value) in Attributes())
            {
                json.WriteString(name, value);
            }

            json.WritePropertyName("data");
            json.WriteRawValue(DataJson());
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
