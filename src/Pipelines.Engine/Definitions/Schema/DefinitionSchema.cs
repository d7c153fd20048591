using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Definitions.Binding;
using Pipelines.Engine.Definitions.Rules;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Engine.Stages;

namespace Pipelines.Engine.Definitions.Schema;

/// <summary>
/// Writes JSON Schema for editors, from the very records that the reader fills: keys, types, words, defaults and short forms.
/// What needs more than one value to judge, such as deadlines that grow, only the reader knows.
/// </summary>
internal sealed class DefinitionSchema(XmlSummaries summaries)
{
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Pipeline()
    {
        var schema = Record(typeof(PipelineDefinition), null);
        schema["properties"]!["name"]!["pattern"] = Refusals.NamePattern;
        schema["properties"]!["stages"]!["minItems"] = 1;
        return Text(schema, typeof(PipelineDefinition));
    }

    public string Instances() => Text(Record(typeof(InstancesFile), null), typeof(InstancesFile));

    private string Text(JsonObject schema, Type type)
    {
        var whole = new JsonObject { ["$schema"] = "http://json-schema.org/draft-07/schema#", ["description"] = summaries.Of(type) };
        foreach (var (key, value) in schema)
        {
            whole[key] = value?.DeepClone();
        }

        return whole.ToJsonString(Written);
    }

    private JsonObject Record(Type type, object? defaults)
    {
        defaults ??= Activator.CreateInstance(type)!;
        var properties = new JsonObject();
        var shape = RecordShape.Of(type);
        foreach (var key in shape.Keys)
        {
            var value = key.Property.GetValue(defaults);
            var schema = Value(key.Type, value);
            var described = new JsonObject { ["description"] = summaries.Of(key.Property) };
            foreach (var (name, part) in schema)
            {
                described[name] = part?.DeepClone();
            }

            if (!key.IsRequired && Default(value) is { } standard)
            {
                described["default"] = standard;
            }

            properties[key.Name] = described;
        }

        var record = new JsonObject { ["type"] = "object", ["additionalProperties"] = false };
        if (shape.Keys.Where(x => x.IsRequired).Select(x => (JsonNode)x.Name).ToArray() is { Length: > 0 } required)
        {
            record["required"] = new JsonArray(required);
        }

        record["properties"] = properties;
        return record;
    }

    private JsonObject Value(Type type, object? value)
    {
        if (type == typeof(SecretReference))
        {
            return new() { ["type"] = "string", ["pattern"] = SecretReference.Pattern };
        }

        if (RecordShape.ItemOf(type) is { } item)
        {
            return item == typeof(StageDefinition) ? new() { ["type"] = "array", ["items"] = Stage() }
                : RecordShape.IsRecord(item) && RecordShape.Of(item).FromKey is not null
                    ? new() { ["type"] = "object", ["additionalProperties"] = false, ["patternProperties"] = new JsonObject { [Refusals.NamePattern] = Value(item, null) } }
                : new() { ["type"] = "array", ["items"] = Value(item, null) };
        }

        if (RecordShape.ValueOf(type) is { } element)
        {
            return new() { ["type"] = "object", ["additionalProperties"] = Value(element, null) };
        }

        if (RecordShape.IsRecord(type))
        {
            var record = Record(type, value);
            return RecordShape.Of(type).ShortForm is { } single
                ? new() { ["anyOf"] = new JsonArray(Value(single.Type, null), record) }
                : record;
        }

        return Single(type);
    }

    private static JsonObject Single(Type type) =>
        type == typeof(TimeSpan) ? new() { ["type"] = "string", ["pattern"] = Duration.Pattern }
        : type == typeof(int) ? new() { ["type"] = "integer" }
        : type == typeof(bool) ? new() { ["type"] = "boolean" }
        : type == typeof(Uri) ? new() { ["type"] = "string", ["pattern"] = "^[hH][tT][tT][pP][sS]?://[^\\s]+$" }
        : type.IsEnum ? new() { ["enum"] = new JsonArray([.. Values.Words(type).Select(x => (JsonNode)x)]) }
        : new() { ["type"] = new JsonArray("string", "number") };

    private JsonObject Stage()
    {
        var kinds = new JsonObject();
        foreach (var kind in StageKinds.All)
        {
            var settings = Record(kind.Settings, null);
            if (!settings.ContainsKey("required"))
            {
                settings["type"] = new JsonArray("object", "null");
            }

            settings["description"] = summaries.Of(kind.Settings);
            kinds[kind.Name] = settings;
        }

        return new() { ["type"] = "object", ["additionalProperties"] = false, ["minProperties"] = 1, ["maxProperties"] = 1, ["properties"] = kinds };
    }

    private static JsonNode? Default(object? value) => value switch
    {
        TimeSpan duration => Duration.Text(duration),
        Enum word => JsonNamingPolicy.CamelCase.ConvertName(word.ToString()),
        int number => number,
        bool truth => truth,
        string text => text,
        IReadOnlyList<string> { Count: > 0 } list => new JsonArray([.. list.Select(x => (JsonNode)x)]),
        _ => null,
    };
}
