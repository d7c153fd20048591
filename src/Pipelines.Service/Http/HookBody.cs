using System.Text.Json;

namespace Pipelines.Service.Http;

/// <summary>What a delivery asks for: fields of its body, or of the data of the CloudEvent that it is.</summary>
/// <param name="Asked">The fields.</param>
/// <param name="Event">Names the CloudEvent, by which it is known if it comes again under another delivery id; null when it is none.</param>
internal sealed record HookBody(JsonElement Asked, string? Event)
{
    private const string HeaderPrefix = "ce-";

    /// <summary>A sender may say more than we know: its other fields are left alone.</summary>
    /// <exception cref="RefusedException">It cannot be understood.</exception>
    public static HookBody Of(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        if (request.ContentType?.StartsWith("application/cloudevents-batch", StringComparison.OrdinalIgnoreCase) == true)
        {
            throw new RefusedException(Refusal.NotJson("A delivery is one promotion: send CloudEvents one at a time, as application/cloudevents+json."));
        }

        var root = BodyReader.ParseObject(request, body, known: null);
        if (request.Headers.ContainsKey($"{HeaderPrefix}specversion"))
        {
            string? Header(string name) => request.Headers[HeaderPrefix + name].ToString();
            return new HookBody(root, NameOf(Header("specversion"), Header("source"), Header("id"), Header("type")));
        }

        if (!root.TryGetProperty("specversion", out _))
        {
            return new HookBody(root, null);
        }

        var name = NameOf(root.Text("specversion", 10), root.Text("source", 200, oneLine: true), root.Text("id", 200, oneLine: true), root.Text("type", 200, oneLine: true));
        if (root.TryGetProperty("data_base64", out _))
        {
            throw new RefusedException(Refusal.BadBody("'data_base64' is not read here. Put the fields into 'data', as a JSON object."));
        }

        return root.TryGetProperty("data", out var data) && data.ValueKind != JsonValueKind.Null
            ? data.ValueKind == JsonValueKind.Object ? new HookBody(data, name) : throw new RefusedException(Refusal.BadBody("'data' of the CloudEvent is no object."))
            : new HookBody(ApiJson.Raw("{}"), name);
    }

    private static string NameOf(string? version, string? source, string? id, string? type)
    {
        var missing = string.IsNullOrEmpty(source) ? "source" : string.IsNullOrEmpty(id) ? "id" : string.IsNullOrEmpty(type) ? "type" : null;
        return version != "1.0" ? throw new RefusedException(Refusal.BadBody($"'specversion' is '{BodyReader.Shown(version ?? "")}'; CloudEvents 1.0 are understood here."))
            : missing is not null ? throw new RefusedException(Refusal.BadBody($"'{missing}' is missing; a CloudEvent has source, id and type."))
            : BodyReader.WhyNotText($"{source}{id}", 400, oneLine: true) is { } why ? throw new RefusedException(Refusal.BadBody($"source and id of the CloudEvent: together it {why}"))
            : $"{source} {id}";
    }
}
