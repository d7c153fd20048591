using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Testing;

namespace Pipelines.Tests.Definitions;

/// <summary>The table of mistakes is golden/definitions/mistakes.txt: the YAML, and exactly what is said about it.</summary>
[TestFixture]
internal sealed class MistakesTests
{
    private const string Table = "tests/Pipelines.Tests/golden/definitions/mistakes.txt";

    private static IEnumerable<TestCaseData> Cases() => Mistake.ReadAll(Table).Select(x => new TestCaseData(x).SetName($"Mistake: {x.Title}"));

    [TestCaseSource(nameof(Cases))]
    public void Every_mistake_is_said_with_its_place_and_its_cure(Mistake mistake)
    {
        Assume.That(Environment.GetEnvironmentVariable("GOLDEN"), Is.Not.EqualTo("accept"));
        var said = Plant.Problems(mistake.Files());
        Assert.That(said, Is.EqualTo(mistake.Says));
        Assert.That(said, Is.Not.Empty);
        Assert.That(said, Is.All.Match(@"[.?]$"), "a problem is a sentence");
    }

    [Test]
    public void The_table_holds_what_is_said() =>
        Golden.Verify(Table, string.Join('\n', Mistake.ReadAll(Table).Select(x => (x with { Says = Plant.Problems(x.Files()) }).Write())));

    [Test]
    public void No_two_mistakes_have_one_title() => Assert.That(Mistake.ReadAll(Table).Select(x => x.Title), Is.Unique);
}

/// <summary>One case of the table: files that stand for the good ones of <see cref="Plant"/>, and what is said.</summary>
internal sealed record Mistake(string Title, IReadOnlyList<(string Name, string Text)> Spoilt, IReadOnlyList<string> Says)
{
    public IReadOnlyList<DefinitionFile> Files() => Plant.Files([.. Spoilt]);

    public static IReadOnlyList<Mistake> ReadAll(string path)
    {
        var all = new List<Mistake>();
        foreach (var block in ("\n" + File.ReadAllText(Path.Combine(Golden.Root, path))).Split("\n### ").Skip(1))
        {
            var parts = block.Split("\n--- ");
            all.Add(new(
                parts[0].Trim(),
                [.. parts[1..].Where(x => !IsSays(x)).Select(x => (x.Split('\n')[0], x[(x.IndexOf('\n', StringComparison.Ordinal) + 1)..]))],
                [.. parts[1..].Where(IsSays).SelectMany(x => x.Split('\n').Skip(1)).Where(x => x.Length > 0)]));
        }

        return all;
    }

    public string Write() =>
        $"### {Title}\n{string.Join('\n', Spoilt.Select(x => $"--- {x.Name}\n{x.Text}"))}\n--- says\n{string.Join('\n', Says)}\n";

    public override string ToString() => Title;

    private static bool IsSays(string part) => part.StartsWith("says\n", StringComparison.Ordinal) || part == "says";
}
