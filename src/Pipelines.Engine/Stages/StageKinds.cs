using Pipelines.Contracts;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.Engine.Stages.Validate;

namespace Pipelines.Engine.Stages;

/// <summary>The one list of stage kinds, in the order in which they are usually walked. A kind that is not listed here does not exist.</summary>
public static class StageKinds
{
    public static IReadOnlyList<StageKind> All { get; } =
    [
        new StageKind<SnapshotSettings>("snapshot", place => new SnapshotSettingsValidator(place))
        {
            Uses = settings => [settings.From],
            Parts = parts =>
            {
                parts.Machine<SnapshotStateMachine, SnapshotState>("snapshot");
                parts.Asks<TakeSnapshotConsumer>();
            },
            Start = (start, settings) => new StartSnapshot(start.StageId, start.PromotionId, settings, start.ExistingDigest, start.RequestedBy),
        },
        new StageKind<ValidateSettings>("validate", place => new ValidateSettingsValidator(place))
        {
            Needs = ["snapshot"],
            Uses = settings => settings.Against,
            Parts = parts =>
            {
                parts.Machine<ValidateStateMachine, ValidateState>("validate");
                parts.Asks<ValidateSnapshotConsumer>();
            },
            Start = (start, settings) => new StartValidate(start.StageId, start.PromotionId, settings, start.SnapshotDigest!),
            // A promotion asks what was meant when it began, also when a target is added to the pipeline meanwhile.
            Pinned = (settings, targets) => settings.Against.Count > 0 ? settings : settings with { Against = targets },
        },
        new StageKind<RolloutSettings>("rollout", place => new RolloutSettingsValidator(place))
        {
            Needs = ["snapshot", "validate"],
            Uses = settings => [settings.To],
            Targets = settings => [settings.To],
            Parts = parts =>
            {
                parts.Machine<RolloutStateMachine, RolloutState>("rollout");
                parts.Asks<RecordTargetConsumer>();
                parts.Asks<SurveyTargetConsumer>();
                parts.Machine<ReplicaStateMachine, ReplicaState>("replica");
                parts.Asks<DeployReplicaConsumer>();
                parts.Asks<SoakReplicaConsumer>();
                parts.Asks<RestoreReplicaConsumer>();
            },
            Start = (start, settings) => new StartRollout(start.StageId, start.PromotionId, settings, start.SnapshotDigest!),
        },
    ];

    /// <summary>The kind of that name, or null.</summary>
    public static StageKind? Find(string name) => All.FirstOrDefault(x => string.Equals(x.Name, name, StringComparison.Ordinal));
}
