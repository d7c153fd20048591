using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Testing;

namespace Pipelines.Tests.Definitions;

[TestFixture]
internal sealed class TenMistakesTests
{
    [Test]
    public void Ten_mistakes_in_two_files_are_said_at_once()
    {
        var files = Plant.Files(
            (DefinitionFile.Instances,
            """
            instances:
              plant-a-dev:
                admin: dev:1880
              plant-a:
                replicas:
                  a: http://plant-a-0:1880/admin
                  b: http://plant-a-0:1880/admin
                access: { token: hunter2 }
            """),
            (Plant.PipelineFile,
            """
            name: Plant A
            stages:
              - snapshot: { form: plant-a-dev }
              - validate: { stopAt: warnings }
              - rollout:
                  to: plant-b
                  maxUnavailable: 0
                  soak: 90
                  deadlines: { answer: 20m }
            """));

        var refused = Assert.Throws<DefinitionException>(() => DefinitionSet.Parse(files))!;

        Assert.That(refused.Problems, Has.Count.EqualTo(10));
        Assert.That(refused.Message, Does.Not.Contain("hunter2"));
        Golden.Verify("tests/Pipelines.Tests/golden/definitions/ten-mistakes.txt", refused.Message);
    }
}
