using System.Text;
using CsCheck;
using NUnit.Framework;
using Pipelines.Engine.Definitions;

namespace Pipelines.Tests.Definitions;

[TestFixture]
internal sealed class FuzzTests
{
    private static readonly string[] Words =
    [
        "name", "stages", "snapshot", "validate", "rollout", "from", "to", "waves", "soak", "checks", "verification", "instances", "replicas", "admin", "access",
        "token", "plant-a", "\"${env:X}\"", "${", "1", "01", "50%", "rest", "yes", "~", "null", "10s", "http://a", ": ", ":", "- ", "-", "{", "}", "[", "]", ",", "\n", "\n  ", "\n    ",
        "\t", "\"", "'", "#", "&a", "*a", "!t", "|", ">", "---", "...", "%YAML 1.1", "? ", "<<", "\r\n", "\u2028", "\u0085", "🏭", "\\x", "@", "`",
    ];

    private static readonly Gen<string> Soup = Gen.Int[0, Words.Length - 1].Select(x => Words[x]).Array[0, 40].Select(string.Concat);

    private static readonly Gen<byte[]> Bytes = Gen.OneOf(Gen.Byte.Array[0, 60], Soup.Select(Encoding.UTF8.GetBytes), Spoilt(Plant.Pipeline), Spoilt(Plant.Instances));

    [Test]
    public void Whatever_the_files_hold_it_is_read_or_refused_with_sentences() =>
        Gen.Select(Bytes, Bytes).Sample(
            (instances, pipeline) =>
            {
                try
                {
                    DefinitionSet.Parse([new(DefinitionFile.Instances, instances), new(Plant.PipelineFile, pipeline)]);
                }
                catch (DefinitionException e)
                {
                    return e.Problems.Count > 0 && e.Problems.All(x => x.Line >= 1 && x.Column >= 1 && x.Text.Length > 0);
                }

                return true;
            },
            iter: 20_000);

    [Test]
    public void Endless_nesting_is_refused()
    {
        foreach (var text in new[] { new string('[', 100_000), new string('{', 100_000), string.Concat(Enumerable.Repeat("- ", 50_000)), string.Concat(Enumerable.Repeat("a: {", 20_000)) })
        {
            Assert.That(Plant.Problems([new DefinitionFile(DefinitionFile.Instances, text), new DefinitionFile(Plant.PipelineFile, text)]), Is.Not.Empty);
        }
    }

    private static Gen<byte[]> Spoilt(string good) =>
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, 8], Soup).Select((at, length, soup) =>
            Encoding.UTF8.GetBytes(string.Concat(good.AsSpan(0, at), soup.AsSpan(0, Math.Min(soup.Length, 12)), good.AsSpan(Math.Min(good.Length, at + length)))));
}
