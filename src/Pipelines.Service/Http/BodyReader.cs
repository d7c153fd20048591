using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Pipelines.Service.Http;

/// <summary>Reads bodies: raw bytes within the limit, and JSON objects whose mistakes are told with their place.</summary>
internal static class BodyReader
{
    /// <summary>1 MiB.</summary>
    public const int MaxBytes = 1024 * 1024;

    public static Refusal TooLarge { get; } = Refusal.TooLarge("A body has at most 1 MiB.");

    /// <exception cref="RefusedException">It is larger than <see cref="MaxBytes"/>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw new RefusedException(TooLarge);
        }

        using var body = new MemoryStream(capacity: (int)(request.ContentLength ?? 1024));
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (body.Length + read > MaxBytes)
            {
                throw new RefusedException(TooLarge);
            }

            body.Write(buffer, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    /// <summary>The body as a JSON object; an empty one is <c>{}</c>.</summary>
    /// <param name="known">The fields that may be there; null lets all be.</param>
    public static JsonElement ParseObject(HttpRequest request, ReadOnlyMemory<byte> body, IReadOnlyList<string>? known)
    {
        if (body.Length == 0)
        {
            return ApiJson.Raw("{}");
        }

        if (!IsJson(request.ContentType))
        {
            throw new RefusedException(Refusal.NotJson("Send it with Content-Type: application/json."));
        }

        if (!Utf8.IsValid(body.Span))
        {
            throw new RefusedException(Refusal.BadBody("The body is not UTF-8."));
        }

        var root = Parse(body, strict: known is not null);
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new RefusedException(Refusal.BadBody($"The body is {Article(root.ValueKind)}, and an object is expected."));
        }

        foreach (var property in root.EnumerateObject())
        {
            if (known is not null && !known.Contains(property.Name, StringComparer.Ordinal))
            {
                throw new RefusedException(Refusal.BadBody($"The field '{Shown(property.Name)}' is not known. Known here: {string.Join(", ", known)}."));
            }
        }

        return root;
    }

    /// <summary>A text of the object: null when it is absent or null.</summary>
    /// <param name="oneLine">Names stand in logs and lists.</param>
    public static string? Text(this JsonElement body, string name, int atMost, bool oneLine = false)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw new RefusedException(Refusal.BadBody($"'{name}' is {Article(value.ValueKind)}, and a text is expected."));
        }

        return WhyNotText(StringOf(value, name), atMost, oneLine) is { } why ? throw new RefusedException(Refusal.BadBody($"'{name}' {why}")) : value.GetString();
    }

    /// <summary>A name in a list of the object.</summary>
    public static string NameOf(JsonElement item, string list) =>
        WhyNotText(StringOf(item, list), 200, oneLine: true) is { } why ? throw new RefusedException(Refusal.BadBody($"'{list}': a name {why}")) : item.GetString()!;

    /// <summary>Why a text cannot be kept and shown; null when it can. PostgreSQL keeps no NUL, and a line of a log has no line breaks.</summary>
    public static string? WhyNotText(string text, int atMost, bool oneLine = false) =>
        text.Length > atMost ? $"is longer than {atMost} characters."
        : text.Any(x => char.IsControl(x) && (oneLine || x is not ('\n' or '\r' or '\t'))) ? "has a control character in it."
        : null;

    /// <summary>Names that callers make up are not repeated without limit.</summary>
    public static string Shown(string text)
    {
        var shown = text.Length > 60 ? $"{text[..60]}…" : text;
        return string.Concat(shown.Select(x => char.IsControl(x) || char.IsSurrogate(x) ? '?' : x));
    }

    private static string StringOf(JsonElement value, string name)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new RefusedException(Refusal.BadBody($"'{name}' has half a surrogate pair, which is no character."));
        }
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> body, bool strict)
    {
        try
        {
            if (HalfPairs.InNames(body.Span))
            {
                throw new RefusedException(Refusal.BadBody("The name of a field has half a surrogate pair, which is no character."));
            }

            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = !strict });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new RefusedException(e is { LineNumber: { } line, BytePositionInLine: { } column }
                ? Refusal.BadBody($"The body is not JSON: line {line + 1}, column {column + 1}.") with
                {
                    More = new Dictionary<string, object?>(StringComparer.Ordinal) { ["line"] = line + 1, ["column"] = column + 1 },
                }
                : Refusal.BadBody("The body is not JSON, or says a field twice."));
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));

    private static string Article(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}
