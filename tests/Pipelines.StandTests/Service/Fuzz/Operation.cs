using System.Text.Json;

namespace Pipelines.ServiceTests.Fuzz;

/// <summary>An operation as the service describes it.</summary>
/// <param name="Queries">The names of its query parameters.</param>
/// <param name="Headers">The names of headers that it reads.</param>
/// <param name="Body">The schema of its body, without references; null when it has none.</param>
internal sealed record Operation(HttpMethod Method, string Path, IReadOnlyList<string> Queries, IReadOnlyList<string> Headers, JsonElement? Body)
{
    public override string ToString() => $"{Method} {Path}";

    public static IReadOnlyList<Operation> AllOf(JsonElement document) =>
    [
        .. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation =>
        {
            var parameters = operation.Value.TryGetProperty("parameters", out var some) ? some.EnumerateArray().ToList() : [];
            return new Operation(
                HttpMethod.Parse(operation.Name), path.Name, Names(parameters, "query"), Names(parameters, "header"),
                operation.Value.TryGetProperty("requestBody", out var body) ? Resolved(document, body.GetProperty("content").EnumerateObject().First().Value.GetProperty("schema")) : null);
        })),
    ];

    /// <summary>The fields that a body may have, and the kind of each.</summary>
    public IReadOnlyList<(string Name, string Kind)> Fields() =>
        Body is { } schema && schema.TryGetProperty("properties", out var properties)
            ? [.. properties.EnumerateObject().Select(x => (x.Name, x.Value.TryGetProperty("type", out var kind) ? kind.ValueKind == JsonValueKind.Array ? kind.EnumerateArray().Last().GetString()! : kind.GetString()! : "string"))]
            : [];

    private static List<string> Names(List<JsonElement> parameters, string where) =>
        [.. parameters.Where(x => x.GetProperty("in").GetString() == where).Select(x => x.GetProperty("name").GetString()!)];

    private static JsonElement Resolved(JsonElement document, JsonElement schema)
    {
        if (!schema.TryGetProperty("$ref", out var reference))
        {
            return schema;
        }

        var found = document;
        foreach (var step in reference.GetString()!.Split('/').Skip(1))
        {
            found = found.GetProperty(step);
        }

        return found;
    }
}
