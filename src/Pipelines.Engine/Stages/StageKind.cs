using FluentValidation;
using FluentValidation.Results;
using Pipelines.Engine.Definitions;

namespace Pipelines.Engine.Stages;

/// <summary>A kind of stage: the word in a pipeline file, the settings that go with it, and what definitions must know of them.</summary>
public abstract record StageKind(string Name, Type Settings)
{
    /// <summary>The kinds of which one must stand before it in the pipeline.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>Its machines and consumers.</summary>
    public required Action<IStageParts> Parts { get; init; }

    /// <summary>The message that starts such a stage of a promotion.</summary>
    internal abstract object StartOf(PinnedStage stage, StageStart start);

    internal abstract IReadOnlyList<string> UsesOf(object settings);

    internal abstract IReadOnlyList<string> TargetsOf(object settings);

    internal abstract object WhenPinned(object settings, IReadOnlyList<string> targets);

    internal abstract IReadOnlyList<ValidationFailure> Check(object settings, StagePlace place);

    public sealed override string ToString() => Name;
}

/// <inheritdoc cref="StageKind"/>
public sealed record StageKind<TSettings>(string Name, Func<StagePlace, IValidator<TSettings>> Validator) : StageKind(Name, typeof(TSettings))
    where TSettings : class
{
    /// <summary>The instances that the settings name.</summary>
    public Func<TSettings, IReadOnlyList<string>> Uses { get; init; } = _ => [];

    /// <summary>Those of them whose replicas get new flows.</summary>
    public Func<TSettings, IReadOnlyList<string>> Targets { get; init; } = _ => [];

    /// <summary>What a promotion fills in when it begins; it is given the targets of the whole pipeline.</summary>
    public Func<TSettings, IReadOnlyList<string>, TSettings> Pinned { get; init; } = (settings, _) => settings;

    /// <summary>Builds the message that starts such a stage.</summary>
    public required Func<StageStart, TSettings, object> Start { get; init; }

    internal override object StartOf(PinnedStage stage, StageStart start) => Start(start, stage.SettingsAs<TSettings>());

    internal override IReadOnlyList<string> UsesOf(object settings) => Uses((TSettings)settings);

    internal override IReadOnlyList<string> TargetsOf(object settings) => Targets((TSettings)settings);

    internal override object WhenPinned(object settings, IReadOnlyList<string> targets) => Pinned((TSettings)settings, targets);

    internal override IReadOnlyList<ValidationFailure> Check(object settings, StagePlace place) => Validator(place).Validate((TSettings)settings).Errors;
}

/// <summary>What a stage is told when it starts, beside its settings.</summary>
/// <param name="SnapshotDigest">The snapshot that an earlier stage took; null before that.</param>
/// <param name="ExistingDigest">The stored snapshot that was asked for; null takes a new one.</param>
public sealed record StageStart(Guid StageId, Guid PromotionId, string? SnapshotDigest, string? ExistingDigest, string RequestedBy);
