using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pipelines.Testing;

/// <summary>
/// Writes JSON as JavaScript's <c>JSON.stringify</c> does, so that a fake reports the revision a real Node-RED would. Good for flows that
/// tests write by hand; property names that look like integers, which JavaScript moves to the front, are left where they are.
/// </summary>
internal static class JavaScriptJson
{
    public static byte[] Flows(JsonElement array)
    {
        var text = new StringBuilder().Append('[');
        var first = true;
        foreach (var node in array.EnumerateArray())
        {
            text.Append(first ? "" : ",");
            Write(text, node, leaveOut: "credentials");
            first = false;
        }
        return Encoding.UTF8.GetBytes(text.Append(']').ToString());
    }

    private static void Write(StringBuilder text, JsonElement value, string? leaveOut = null)
    {
        var first = true;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var property in value.EnumerateObject().Where(property => property.Name != leaveOut))
                {
                    text.Append(first ? "" : ",");
                    Write(text, property.Name);
                    text.Append(':');
                    Write(text, property.Value);
                    first = false;
                }
                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in value.EnumerateArray())
                {
                    text.Append(first ? "" : ",");
                    Write(text, item);
                    first = false;
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteText(text, value);
                break;
            case JsonValueKind.Number:
                text.Append(Number(value));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    // Half a surrogate pair is text in JavaScript, which writes it escaped; in .NET it is none.
    private static void WriteText(StringBuilder text, JsonElement value)
    {
        try
        {
            Write(text, value.GetString()!);
        }
        catch (InvalidOperationException)
        {
            text.Append(value.GetRawText());
        }
    }

    private static string Number(JsonElement value)
    {
        var number = value.GetDouble();
        var plain = Math.Abs(number) is 0 or (>= 1e-5 and < 1e15);
        return plain ? (number == 0 ? 0 : number).ToString("R", CultureInfo.InvariantCulture) : value.GetRawText();
    }

    private static void Write(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }
}
