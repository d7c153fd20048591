using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipelines.Storage;

/// <summary>How records are written into jsonb for SQL and for people: camelCase, enums by name, nothing for null.</summary>
internal static class StoredJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Of<T>(T value) => JsonSerializer.Serialize(value, Options);
}
