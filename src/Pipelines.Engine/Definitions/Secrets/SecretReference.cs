using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Pipelines.Engine.Definitions.Secrets;

/// <summary>Where a secret lives: <c>${env:NAME}</c> or <c>${file:/path}</c>. It never holds the secret itself, so it may be stored and shown.</summary>
[JsonConverter(typeof(SecretReferenceJson))]
public sealed partial record SecretReference
{
    private SecretReference(SecretSource source, string name)
    {
        Source = source;
        Name = name;
    }

    /// <summary>The kind of place.</summary>
    public SecretSource Source { get; }

    /// <summary>The environment variable's name, or the file's path.</summary>
    public string Name { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out SecretReference? reference)
    {
        reference = null;
        if (text is null)
        {
            return false;
        }

        if (EnvironmentPattern().Match(text) is { Success: true } environment)
        {
            reference = new(SecretSource.Environment, environment.Groups["name"].Value);
        }
        else if (FilePattern().Match(text) is { Success: true } file)
        {
            reference = new(SecretSource.File, file.Groups["name"].Value);
        }

        return reference is not null;
    }

    /// <exception cref="FormatException">The text is no reference. It is not repeated in the message: it may be the secret.</exception>
    public static SecretReference Parse(string text) =>
        TryParse(text, out var reference) ? reference : throw new FormatException("A secret reference is written ${env:NAME} or ${file:/path}.");

    public override string ToString() => Source == SecretSource.Environment ? $"${{env:{Name}}}" : $"${{file:{Name}}}";

    internal const string Pattern = @"^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:(/|[A-Za-z]:[\\/])[^{}\r\n]+)\}$";

    [GeneratedRegex(@"^\$\{env:(?<name>[A-Za-z_][A-Za-z0-9_]*)\}\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex EnvironmentPattern();

    [GeneratedRegex(@"^\$\{file:(?<name>(/|[A-Za-z]:[\\/])[^{}\r\n]+)\}\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FilePattern();
}

/// <summary>The kinds of places where secrets live.</summary>
public enum SecretSource
{
    Environment,
    File,
}

internal sealed class SecretReferenceJson : JsonConverter<SecretReference>
{
    public override SecretReference Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        SecretReference.TryParse(reader.GetString(), out var reference)
            ? reference
            : throw new JsonException("A secret reference is written ${env:NAME} or ${file:/path}.");

    public override void Write(Utf8JsonWriter writer, SecretReference value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
