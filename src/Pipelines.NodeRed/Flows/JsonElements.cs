using System.Text.Json;

namespace Pipelines.NodeRed.Flows;

/// <summary>
/// Reads text without exceptions. JavaScript writes half surrogate pairs (<c>"\ud800"</c>) into flows without a thought, and
/// System.Text.Json throws when it is asked for them as a string.
/// </summary>
internal static class JsonElements
{
    public static string SafeText(this JsonElement element)
    {
        try
        {
            return element.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return element.GetRawText().Trim('"');
        }
    }

    public static string? SafeProperty(this JsonElement element, string name)
    {
        foreach (var (key, value) in element.SafeProperties())
        {
            if (key == name)
            {
                return value.ValueKind == JsonValueKind.String ? value.SafeText() : null;
            }
        }
        return null;
    }

    public static IEnumerable<(string Name, JsonElement Value)> SafeProperties(this JsonElement element)
    {
        foreach (var property in element.EnumerateObject())
        {
            yield return (SafeName(property), property.Value);
        }
    }

    private static string SafeName(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return property.ToString();
        }
    }
}
