using System.Text.Json;

namespace Pipelines.Engine.Definitions;

/// <summary>What a reload changed, as sentences for the log: <c>pipeline plant-a changed</c>.</summary>
internal static class DefinitionChanges
{
    public static IReadOnlyList<string> Between(DefinitionSet before, DefinitionSet after) =>
    [
        .. Between("pipeline", before.Pipelines, after.Pipelines, x => x.Digest),
        .. Between("instance", before.Instances, after.Instances, x => JsonSerializer.Serialize(x, DefinitionJson.Options)),
    ];

    private static IEnumerable<string> Between<T>(string what, IReadOnlyDictionary<string, T> before, IReadOnlyDictionary<string, T> after, Func<T, string> print) =>
        before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(name => (name, old: before.TryGetValue(name, out var x) ? print(x) : null, now: after.TryGetValue(name, out var y) ? print(y) : null))
            .Where(x => x.old != x.now)
            .Select(x => $"{what} {x.name} {(x.old is null ? "added" : x.now is null ? "removed" : "changed")}");
}
