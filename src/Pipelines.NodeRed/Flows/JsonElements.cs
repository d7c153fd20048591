using System.Runtime.InteropServices;
using System.Text;
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

    /// <summary>The text of a property; of a name that occurs twice the last one, as in JavaScript.</summary>
    public static string? SafeProperty(this JsonElement element, string name)
    {
        JsonElement found = default;
        foreach (var property in element.EnumerateObject())
        {
            // Compared as it is written: only names with escapes in them are made into text.
            var written = JsonMarshal.GetRawUtf8PropertyName(property);
            if (written.Contains((byte)'\\') ? SafeName(property) == name : written.Length == name.Length && Ascii.Equals(written, name))
            {
                found = property.Value;
            }
        }
        return found.ValueKind == JsonValueKind.String ? found.SafeText() : null;
    }

    public static IEnumerable<(string Name, JsonElement Value)> SafeProperties(this JsonElement element)
    {
        foreach (var property in element.EnumerateObject())
        {
            yield return (SafeName(property), property.Value);
        }
    }

    /// <summary>As <see cref="SafeProperty"/>, of any kind and of names beyond ASCII too; for answers, which are small.</summary>
    public static JsonElement? SafeValue(this JsonElement element, string name)
    {
        JsonElement? found = null;
        foreach (var property in element.SafeProperties())
        {
            found = property.Name == name ? property.Value : found;
        }
        return found;
    }

    /// <summary>A text as it is, and anything else as <see cref="JsonElement.ToString"/> says it.</summary>
    public static string SafeString(this JsonElement element) => element.ValueKind == JsonValueKind.String ? element.SafeText() : element.ToString();

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
