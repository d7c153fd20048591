using System.Text.Json;
using Pipelines.Engine.Definitions;

namespace Pipelines.Service.Http;

/// <summary>Lists of names in bodies: each name is known, or is told with the nearest that is.</summary>
internal static class NameLists
{
    private const int Most = 200;

    /// <returns>Names of pipelines, each once; null when the body says none.</returns>
    public static IReadOnlyList<string>? Pipelines(JsonElement body, DefinitionSet definitions) =>
        Of(body, "pipelines", name => definitions.Pipelines.ContainsKey(name) ? null : $"There is no pipeline '{name}'.{NearestWord.Hint(name, definitions.Pipelines.Keys)}");

    /// <param name="whyNot">Why a name cannot be in it; null when it can.</param>
    /// <returns>The names, each once; null when the body says none.</returns>
    public static IReadOnlyList<string>? Of(JsonElement body, string field, Func<string, string?> whyNot)
    {
        if (!body.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > Most || value.EnumerateArray().Any(x => x.ValueKind != JsonValueKind.String))
        {
            throw new RefusedException(Refusal.BadBody($"'{field}' is a list of at most {Most} names."));
        }

        var names = new List<string>();
        foreach (var item in value.EnumerateArray())
        {
            var name = BodyReader.NameOf(item, field);
            if (whyNot(name) is { } why)
            {
                throw new RefusedException(Refusal.Unprocessable(why));
            }

            if (!names.Contains(name, StringComparer.Ordinal))
            {
                names.Add(name);
            }
        }

        return names;
    }
}
