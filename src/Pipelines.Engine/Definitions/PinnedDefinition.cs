using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipelines.Engine.Stages;

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

    /// <summary>What becomes of a request while another promotion holds a target, or waits for it.</summary>
    public WhenBusy WhenBusy { get; init; }

    /// <summary>What the promotion walks through, from first to last.</summary>
    public required IReadOnlyList<PinnedStage> Stages { get; init; }

    /// <summary>The stage at which the promotion ends, in the words of whoever asked; null walks through all.</summary>
    public string? Until { get; init; }

    /// <summary>The instances that the stages name.</summary>
    public required IReadOnlyList<InstanceDefinition> Instances { get; init; }

    /// <exception cref="KeyNotFoundException">The pipeline does not use such an instance.</exception>
    public InstanceDefinition Instance(string name) =>
        Instances.FirstOrDefault(x => string.Equals(x.Name, name, StringComparison.Ordinal))
        ?? throw new KeyNotFoundException($"Pipeline '{Pipeline}' does not use an instance '{name}'.{NearestWord.Hint(name, Instances.Select(x => x.Name))}");

    /// <summary>Names what is stored: the pipeline's text alone would not tell a pin whose instances have changed, or one that ends earlier.</summary>
    [JsonIgnore]
    public string PinDigest => Until is null ? $"{Digest}.{InstancesDigest}" : $"{Digest}.{InstancesDigest}.{Stages.Count}";

    /// <summary>The targets that it rolls out to, and in which stage, counted from 0.</summary>
    public IReadOnlyList<Turn> Turns() =>
        [.. Stages.Index().SelectMany(stage => stage.Item.Targets().Select(target => new Turn(target, stage.Index)))];

    /// <summary>The same, ending with an earlier stage.</summary>
    /// <param name="stage">The stage's kind, or the target of a rollout where there are several.</param>
    /// <exception cref="KeyNotFoundException">It has no such stage, or several of them.</exception>
    public PinnedDefinition EndingAfter(string stage)
    {
        var found = Stages.Index().Where(x => string.Equals(x.Item.Kind, stage, StringComparison.Ordinal)).Select(x => x.Index).ToList();
        if (found.Count == 0)
        {
            found = [.. Turns().Where(x => string.Equals(x.Target, stage, StringComparison.Ordinal)).Select(x => x.StageIndex)];
        }

        return found.Count switch
        {
            1 => this with { Until = stage, Stages = [.. Stages.Take(found[0] + 1)] },
            0 => throw new KeyNotFoundException($"Pipeline '{Pipeline}' has no stage '{stage}'.{NearestWord.Hint(stage, Words())}"),
            _ => throw new KeyNotFoundException($"Pipeline '{Pipeline}' has {found.Count} stages '{stage}'. Name the target instead: {string.Join(", ", Turns().Select(x => x.Target))}."),
        };
    }

    /// <summary>The stored shape; fields that a later version added are skipped on reading.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DefinitionJson.Options);

    /// <exception cref="JsonException">It is not a pinned definition.</exception>
    public static PinnedDefinition FromJson(string json) =>
        JsonSerializer.Deserialize<PinnedDefinition>(json, DefinitionJson.Options) ?? throw new JsonException("A pinned definition is an object, not null.");

    public override string ToString() => $"{Pipeline}@{(Digest.Length > 12 ? Digest[..12] : Digest)}";

    private IEnumerable<string> Words() => Stages.Select(x => x.Kind).Concat(Turns().Select(x => x.Target)).Distinct(StringComparer.Ordinal);

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
            WhenBusy = pipeline.WhenBusy,
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

    /// <summary>Those instances whose replicas get new flows by it.</summary>
    public IReadOnlyList<string> Targets() =>
        StageKinds.Find(Kind) is { } kind && Settings.Deserialize(kind.Settings, DefinitionJson.Options) is { } settings ? kind.TargetsOf(settings) : [];

    internal static PinnedStage Of(StageDefinition stage, IReadOnlyList<string> targets)
    {
        var settings = stage.Kind.WhenPinned(stage.Settings, targets);
        return new(stage.Kind.Name, JsonSerializer.SerializeToElement(settings, stage.Kind.Settings, DefinitionJson.Options));
    }
}

/// <summary>A target that a promotion rolls out to, and in which of its stages, counted from 0.</summary>
public sealed record Turn(string Target, int StageIndex);

internal static class Digests
{
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
