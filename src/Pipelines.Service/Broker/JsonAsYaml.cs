using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipelines.Service.Broker;

/// <summary>JSON in the form that people read. A text stays bare only where no reader of YAML could take it for something else.</summary>
internal static partial class JsonAsYaml
{
    private static readonly JsonSerializerOptions Quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonObject document)
    {
        var text = new StringBuilder();
        Members(text, document, "");
        return text.ToString();
    }

    private static void Members(StringBuilder text, JsonObject members, string indent)
    {
        foreach (var (key, value) in members)
        {
            text.Append(indent).Append(Scalar(key)).Append(':');
            Value(text, value, indent);
        }
    }

    private static void Value(StringBuilder text, JsonNode? value, string indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } members:
                text.Append('\n');
                Members(text, members, indent + "  ");
                break;
            case JsonArray { Count: > 0 } items when items.All(x => x is JsonValue):
                text.Append(" [").AppendJoin(", ", items.Select(x => Scalar(x!.GetValue<string>()))).Append("]\n");
                break;
            case JsonArray { Count: > 0 } items:
                text.Append('\n');
                foreach (var item in items)
                {
                    var part = new StringBuilder();
                    Members(part, (JsonObject)item!, indent + "    ");
                    text.Append(indent).Append("  - ").Append(part.ToString().TrimStart());
                }

                break;
            case JsonValue single when single.GetValueKind() == JsonValueKind.String:
                text.Append(' ').Append(Scalar(single.GetValue<string>())).Append('\n');
                break;
            default:
                text.Append(' ').Append(value?.ToJsonString() ?? "null").Append('\n');
                break;
        }
    }

    private static string Scalar(string text) => Bare().IsMatch(text) && !Word().IsMatch(text) ? text : JsonSerializer.Serialize(text, Quoted);

    [GeneratedRegex(@"^[A-Za-z](?:[A-Za-z0-9_./-]|[ ;()<>'](?=[A-Za-z(<]))*[A-Za-z0-9.)]?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Bare();

    [GeneratedRegex("^(true|false|null|yes|no|on|off|y|n)$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();
}
