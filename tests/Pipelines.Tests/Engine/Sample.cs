using System.Text.Json;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages;

namespace Pipelines.Tests.Engine;

/// <summary>One promotion, one stage, three replicas: what the tests of the machines speak of.</summary>
internal static class Sample
{
    public static readonly Guid Promotion = new("11111111-1111-1111-1111-111111111111");
    public static readonly Guid Stage = new("22222222-2222-2222-2222-222222222222");
    public static readonly Guid Other = new("33333333-3333-3333-3333-333333333333");
    public const string New = "new";

    public static readonly RolloutSettings Rollout = new() { To = "plant", Soak = new SoakSettings { Duration = TimeSpan.Zero } };

    public static RecordedReplica Before(int index) => new($"r{index}", $"before-{index}", true);

    public static RecordedReplica[] BeforeAll(int count) => [.. Enumerable.Range(0, count).Select(Before)];

    public static ReplicaInRollout Which(int index, long token = 41) =>
        new(Pipelines.Engine.Durable.DeterministicId.Of(Stage, index), Stage, Promotion, "plant", $"r{index}", index, token);

    public static PinnedPromotion Pinned(params (string Kind, object Settings)[] stages)
    {
        (string Kind, object Settings)[] walked = stages.Length > 0 ? stages :
        [
            ("snapshot", new SnapshotSettings { From = "dev" }),
            ("validate", new ValidateSettings()),
            ("rollout", Rollout),
        ];
        return new PinnedPromotion(
            new PinnedDefinition
            {
                Pipeline = "plant",
                SourceText = "",
                Digest = "",
                InstancesDigest = "",
                Instances = [],
                Stages = [.. walked.Select(x => new PinnedStage(x.Kind, JsonSerializer.SerializeToElement(x.Settings, StageKinds.Find(x.Kind)!.Settings, DefinitionJson.Options)))],
            },
            "ada",
            null);
    }
}
