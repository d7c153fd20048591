using Pipelines.Contracts;

namespace Pipelines.Engine.Stages;

/// <summary>A kind of stage: the word in a pipeline file, and the settings that go with it.</summary>
public abstract record StageKind(string Name, Type Settings);

/// <inheritdoc cref="StageKind"/>
public sealed record StageKind<TSettings>(string Name) : StageKind(Name, typeof(TSettings))
    where TSettings : class;

/// <summary>The one list of stage kinds, in the order in which they are usually walked. A kind that is not listed here does not exist.</summary>
public static class StageKinds
{
    public static IReadOnlyList<StageKind> All { get; } =
    [
        new StageKind<SnapshotSettings>("snapshot"),
        new StageKind<ValidateSettings>("validate"),
        new StageKind<RolloutSettings>("rollout"),
    ];
}
