using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipelines.NodeRed.Diff;

/// <summary>A diff as JSON, the same for the terminal, the store and the API.</summary>
public static class FlowDiffJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(FlowDiff diff)
    {
        ArgumentNullException.ThrowIfNull(diff);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Options))
        {
            Write(writer, diff);
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public static void Write(Utf8JsonWriter writer, FlowDiff diff)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(diff);
        writer.WriteStartObject();
        writer.WriteString("before", diff.Before.ToString());
        writer.WriteString("after", diff.After.ToString());
        writer.WriteBoolean("reordered", diff.Reordered);
        writer.WriteStartArray("changes");
        foreach (var change in diff.Changes)
        {
            Write(writer, change);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, NodeChange change)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(change.Kind.ToString()));
        writer.WriteString("id", change.NodeId);
        writer.WriteString("type", change.NodeType);
        writer.WriteString("name", change.Name);
        writer.WriteString("tab", change.Tab);
        if (change.TabBefore is not null)
        {
            writer.WriteString("tabBefore", change.TabBefore);
        }
        if (change.Properties.Count > 0)
        {
            writer.WriteStartArray("properties");
            foreach (var property in change.Properties)
            {
                Write(writer, property);
            }
            writer.WriteEndArray();
        }
        if (change.Wires.Count > 0)
        {
            writer.WriteStartArray("wires");
            foreach (var wire in change.Wires)
            {
                writer.WriteStartObject();
                writer.WriteString("change", wire.Added ? "added" : "removed");
                writer.WriteNumber("output", wire.Output);
                writer.WriteString("target", wire.Target);
                writer.WriteString("targetName", wire.TargetName);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, PropertyChange property)
    {
        writer.WriteStartObject();
        writer.WriteString("path", property.Path);
        Value(writer, "before", property.Before);
        Value(writer, "after", property.After);
        if (property.Lines is { } lines)
        {
            writer.WriteStartArray("lines");
            foreach (var line in lines)
            {
                writer.WriteStartObject();
                Number(writer, "before", line.Before);
                Number(writer, "after", line.After);
                writer.WriteString("text", line.Text);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter writer, string name, string? json)
    {
        if (json is not null)
        {
            writer.WritePropertyName(name);
            // It was read from JSON, so it is JSON; half surrogate pairs pass as they were written.
            writer.WriteRawValue(json, skipInputValidation: true);
        }
    }

    private static void Number(Utf8JsonWriter writer, string name, int? number)
    {
        if (number is { } value)
        {
            writer.WriteNumber(name, value);
        }
    }
}
