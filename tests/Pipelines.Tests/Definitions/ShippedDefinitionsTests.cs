using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Testing;

namespace Pipelines.Tests.Definitions;

internal static class Shipped
{
    public static string Folder { get; } = Path.Combine(Golden.Root, "pipelines");

    public static DefinitionSet Definitions() => DefinitionSet.Parse(DefinitionFolder.Read(Folder));
}

[TestFixture]
internal sealed class ShippedDefinitionsTests
{
    [Test]
    public void Every_shipped_definition_is_good()
    {
        var definitions = Shipped.Definitions();
        var files = Directory.GetFiles(Shipped.Folder, "*.pipeline.yaml").Length;

        Assert.That(definitions.Pipelines, Has.Count.EqualTo(files));
        foreach (var name in definitions.Pipelines.Keys)
        {
            Assert.That(definitions.Pin(name).Stages, Is.Not.Empty);
        }
    }

    [Test]
    public void The_examples_of_the_README_are_good()
    {
        var readme = File.ReadAllText(Path.Combine(Shipped.Folder, "README.md"));
        var examples = readme.Split("```yaml\n").Skip(1).Select(x => x[..x.IndexOf("```", StringComparison.Ordinal)]).ToList();

        Assert.That(examples, Has.Count.EqualTo(3));
        foreach (var pipeline in new[] { examples[0], examples[2] })
        {
            Assert.That(DefinitionSet.Parse([new("plant-a.pipeline.yaml", pipeline), new(DefinitionFile.Instances, examples[1])]).Pipelines, Contains.Key("plant-a"));
        }
    }

    [Test]
    public void The_shortest_useful_pipeline_has_less_than_ten_lines() =>
        Assert.That(File.ReadAllLines(Path.Combine(Shipped.Folder, "plant-a.pipeline.yaml")), Has.Length.LessThan(10));
}
