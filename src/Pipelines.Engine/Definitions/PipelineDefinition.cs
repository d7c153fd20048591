using Pipelines.Engine.Definitions.Binding;

namespace Pipelines.Engine.Definitions;

/// <summary>A pipeline as its file defines it.</summary>
public sealed record PipelineDefinition
{
    /// <summary>The name by which it is promoted.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for, for people.</summary>
    public string? Description { get; init; }

    /// <summary>True lets a promotion go on although the target would lose credentials that the engine cannot post again.</summary>
    public bool AllowCredentialLoss { get; init; }

    /// <summary>What becomes of a request while another promotion holds a target of this pipeline, or waits for it.</summary>
    public WhenBusy WhenBusy { get; init; }

    /// <summary>When it promotes by itself: each schedule's name, and its times.</summary>
    public IReadOnlyList<ScheduleDefinition> Schedules { get; init; } = [];

    /// <summary>What a promotion walks through, from first to last.</summary>
    public required IReadOnlyList<StageDefinition> Stages { get; init; }

    /// <summary>The file's name within the folder of definitions.</summary>
    [NotWritten]
    public string File { get; init; } = "";

    /// <summary>The file's text.</summary>
    [NotWritten]
    public string SourceText { get; init; } = "";

    /// <summary>The SHA-256 of <see cref="SourceText"/> in UTF-8, in lower-case hexadecimal.</summary>
    [NotWritten]
    public string Digest { get; init; } = "";

    /// <summary>The HA instances that this pipeline rolls out to, in order, each once.</summary>
    public IReadOnlyList<string> Targets() => [.. Stages.SelectMany(x => x.Kind.TargetsOf(x.Settings)).Distinct(StringComparer.Ordinal)];

    /// <summary>Every instance that this pipeline uses, each once.</summary>
    public IReadOnlyList<string> Uses() => [.. Stages.SelectMany(x => x.Kind.UsesOf(x.Settings)).Distinct(StringComparer.Ordinal)];
}
