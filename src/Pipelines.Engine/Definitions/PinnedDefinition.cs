using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pipelines.Engine.Definitions;

/// <summary>
/// A pipeline and the instances it uses, as they were when a promotion began. The promotion stores it and finishes on it.
/// It holds references to secrets, never their values.
/// </summary>
public sealed record PinnedDefinition
{
    /// <summary>The pipeline's name.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The text of the pipeline's file.</summary>
    public required string SourceText { get; init; }

    /// <summary>The SHA-256 of <see cref="SourceText"/> in UTF-8, in lower-case hexadecimal.</summary>
    public required string Digest { get; init; }

    /// <summary>The SHA-256 of the JSON of <see cref="Instances"/>: it tells a changed instance from a changed pipeline.</summary>
    public required string InstancesDigest { get; init; }

    /// <summary>True lets a promotion go on although the target would lose credentials that the engine cannot post again.</summary>
    public bool AllowCredentialLoss { get; init; }

    /// <summary>What the promotion walks through, from first to last.</summary>
    public required IReadOnlyList<PinnedStage> Stages { get; init; }

    /// <summary>The instances that the stages name.</summary>
    public required IReadOnlyList<InstanceDefinition> Instances { get; init; }

    /// <exception cref="KeyNotFoundException">The pipeline does not use such an instance.</exception>
    public InstanceDefinition Instance(string name) =>
        Instances.FirstOrDefault(x => string.Equals(x.Name, name, StringComparison.Ordinal))
        ?? throw new KeyNotFoundException($"Pipeline '{Pipeline}' does not use an instance '{name}'.{NearestWord.Hint(name, Instances.Select(x => x.Name))}");

    /// <summary>The stored shape; fields that a later version added are skipped on reading.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DefinitionJson.Options);

    /// <exception cref="JsonException">It is not a pinned definition.</exception>
    public static PinnedDefinition FromJson(string json) =>
        JsonSerializer.Deserialize<PinnedDefinition>(json, DefinitionJson.Options) ?? throw new JsonException("A pinned definition is an object, not null.");

    public override string ToString() => $"{Pipeline}@{(Digest.Length > 12 ? Digest[..12] : Digest)}";

    internal static PinnedDefinition Of(PipelineDefinition pipeline, IReadOnlyDictionary<string, InstanceDefinition> instances)
    {
        var targets = pipeline.Targets();
        var used = pipeline.Uses().Select(x => instances[x]).ToList();
        return new()
        {
            Pipeline = pipeline.Name,
            SourceText = pipeline.SourceText,
            Digest = pipeline.Digest,
            InstancesDigest = Digests.Of(JsonSerializer.Serialize(used, DefinitionJson.Options)),
            AllowCredentialLoss = pipeline.AllowCredentialLoss,
            Stages = [.. pipeline.Stages.Select(x => PinnedStage.Of(x, targets))],
            Instances = used,
        };
    }
}

/// <summary>One stage of a pinned definition: the kind's name, and its settings as JSON.</summary>
public sealed record PinnedStage(string Kind, JsonElement Settings)
{
    /// <summary>The settings as the record that belongs to the kind.</summary>
    /// <exception cref="JsonException">The settings are of another kind.</exception>
    public TSettings SettingsAs<TSettings>()
        where TSettings : class =>
        Settings.Deserialize<TSettings>(DefinitionJson.Options) ?? throw new JsonException($"The settings of stage '{Kind}' are an object, not null.");

    internal static PinnedStage Of(StageDefinition stage, IReadOnlyList<string> targets)
    {
        var settings = stage.Kind.WhenPinned(stage.Settings, targets);
        return new(stage.Kind.Name, JsonSerializer.SerializeToElement(settings, stage.Kind.Settings, DefinitionJson.Options));
    }
}

internal static class Digests
{
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
