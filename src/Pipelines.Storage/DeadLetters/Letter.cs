using System.Text.Json;

namespace Pipelines.Storage.DeadLetters;

/// <summary>What a message says of itself, read as far as it can be: it may be of any version, in an envelope or bare, or no message at all.</summary>
/// <param name="MessageTypes">As the envelope lists them; empty without one.</param>
/// <param name="PromotionId">Which promotion it is about, for people.</param>
internal sealed record Letter(Guid? MessageId, string[] MessageTypes, Guid? PromotionId)
{
    private static readonly Letter Nothing = new(null, [], null);

    public static Letter Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return Nothing;
            }

            var message = root.TryGetProperty("message", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
            var which = message.TryGetProperty("which", out var nested) && nested.ValueKind == JsonValueKind.Object ? nested : message;
            return new Letter(Id(root, "messageId"), Types(root), Id(message, "promotionId") ?? Id(which, "promotionId"));
        }
        // Half a surrogate pair in a name or a type is found only when its text is asked for.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Nothing;
        }
    }

    private static Guid? Id(JsonElement element, string name) =>
        element.TryGetProperty(name, out var id) && id.ValueKind == JsonValueKind.String && id.TryGetGuid(out var guid) ? guid : null;

    private static string[] Types(JsonElement root) =>
        root.TryGetProperty("messageType", out var types) && types.ValueKind == JsonValueKind.Array
            ? [.. types.EnumerateArray().Where(type => type.ValueKind == JsonValueKind.String).Select(type => type.GetString()!)]
            : [];
}
