using NUnit.Framework;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.Engine.Stages.Validate;
using Pipelines.Testing;

namespace Pipelines.Tests.Engine;

/// <summary>The state diagrams in the READMEs are the machines'.</summary>
[TestFixture]
public sealed class DiagramTests
{
    public static IEnumerable<TestCaseData> Rooms()
    {
        yield return Room("Promotions", Diagram.Of(new PromotionStateMachine()));
        yield return Room("Stages/Snapshot", Diagram.Of(new SnapshotStateMachine()));
        yield return Room("Stages/Validate", Diagram.Of(new ValidateStateMachine()));
        yield return Room("Stages/Rollout", Diagram.Of(new RolloutStateMachine()));
        yield return Room("Stages/Rollout/Replicas", Diagram.Of(new ReplicaStateMachine()));
    }

    [TestCaseSource(nameof(Rooms))]
    public void A_rooms_README_shows_its_machine(string room, string diagram) =>
        Golden.VerifyPart($"src/Pipelines.Engine/{room}/README.md", "states", diagram);

    private static TestCaseData Room(string path, string diagram) => new TestCaseData(path, diagram).SetArgDisplayNames(path);
}
