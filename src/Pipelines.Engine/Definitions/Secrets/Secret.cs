using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipelines.Engine.Definitions.Secrets;

/// <summary>A resolved secret. Printed, logged or serialised it is three stars; only <see cref="Reveal"/> gives it away, to the one who sends it.</summary>
[DebuggerDisplay("***")]
[JsonConverter(typeof(SecretJson))]
public sealed class Secret(string value)
{
    public string Reveal() => value;

    public override string ToString() => "***";
}

internal sealed class SecretJson : JsonConverter<Secret>
{
    public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("A resolved secret is not read from JSON: store its reference.");

    public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteStringValue("***");
}
