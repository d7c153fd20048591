using System.Runtime.InteropServices;
using System.Text.Json;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Diff;

/// <param name="Path">As in findings: <c>rules[0].to</c>.</param>
/// <param name="Before">The old value as JSON, or null when there was none.</param>
/// <param name="After">The new value as JSON, or null when there is none any more.</param>
public sealed record PropertyChange(string Path, string? Before, string? After)
{
    private const int MaxDepth = 8;

    /// <summary>Line by line, when the value is a text of several lines, such as function code.</summary>
    public IReadOnlyList<LineChange>? Lines { get; init; }

    // Goes down as long as both sides have the same shape, so that a rule that changed is named, not all rules.
    internal static void Collect(string path, JsonElement? before, JsonElement? after, List<PropertyChange> found, int depth = 0)
    {
        if (before is { } was && after is { } now)
        {
            if (Same(was, now))
            {
                return;
            }
            if (depth < MaxDepth && was.ValueKind == now.ValueKind)
            {
                if (was.ValueKind == JsonValueKind.Array && was.GetArrayLength() == now.GetArrayLength())
                {
                    foreach (var (index, (old, item)) in was.EnumerateArray().Zip(now.EnumerateArray()).Index())
                    {
                        Collect($"{path}[{index}]", old, item, found, depth + 1);
                    }
                    return;
                }
                if (was.ValueKind == JsonValueKind.Object)
                {
                    var (old, items) = (Properties(was), Properties(now));
                    foreach (var name in old.Keys.Union(items.Keys, StringComparer.Ordinal))
                    {
                        Collect($"{path}.{name}", old.TryGetValue(name, out var o) ? o : null, items.TryGetValue(name, out var n) ? n : null, found, depth + 1);
                    }
                    return;
                }
                if (was.ValueKind == JsonValueKind.String && (was.SafeText(), now.SafeText()) is var (a, b) && (a.Contains('\n', StringComparison.Ordinal) || b.Contains('\n', StringComparison.Ordinal)))
                {
                    found.Add(new PropertyChange(path, was.GetRawText(), now.GetRawText()) { Lines = LineChange.Between(a, b) });
                    return;
                }
            }
        }
        found.Add(new PropertyChange(path, before?.GetRawText(), after?.GetRawText()));
    }

    private static Dictionary<string, JsonElement> Properties(JsonElement element)
    {
        var properties = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in element.SafeProperties())
        {
            properties[name] = value;
        }
        return properties;
    }

    private static bool Same(JsonElement a, JsonElement b)
    {
        if (JsonMarshal.GetRawUtf8Value(a).SequenceEqual(JsonMarshal.GetRawUtf8Value(b)))
        {
            return true;
        }
        try
        {
            return JsonElement.DeepEquals(a, b);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, which only the raw text can tell apart.
            return false;
        }
    }
}
