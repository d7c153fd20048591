using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipelines.Engine.Definitions;

/// <summary>The one shape in which definitions are stored as JSON. Stored promotions depend on it: add to it, never rename.</summary>
internal static class DefinitionJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        // PostgreSQL's jsonb and people both read it; nothing of it goes into HTML unescaped.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
