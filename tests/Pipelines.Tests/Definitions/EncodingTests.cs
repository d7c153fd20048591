using System.Text;
using NUnit.Framework;
using Pipelines.Engine.Definitions;

namespace Pipelines.Tests.Definitions;

[TestFixture]
internal sealed class EncodingTests
{
    private static IEnumerable<TestCaseData> Good()
    {
        yield return new TestCaseData((byte[])[0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Plant.Pipeline)]).SetName("A byte order mark does no harm");
        yield return new TestCaseData(Encoding.UTF8.GetBytes(Plant.Pipeline.ReplaceLineEndings("\r\n"))).SetName("Windows line ends do no harm");
        yield return new TestCaseData(Encoding.UTF8.GetBytes(Plant.Pipeline + "\ndescription: Müßiggang 🏭")).SetName("Letters of any language do no harm");
    }

    [TestCaseSource(nameof(Good))]
    public void Editors_save_as_they_like(byte[] bytes) => Assert.That(Said(bytes), Is.Empty);

    private static IEnumerable<TestCaseData> Bad()
    {
        yield return Case("UTF-16", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Plant.Pipeline)], "1:1: the file is in UTF-16. Save it as UTF-8.");
        yield return Case("Latin-1", [.. Encoding.UTF8.GetBytes("name: plant-a\ndescription: M"), 0xFC, (byte)'\n'], "2:15: this is not UTF-8. Save the file as UTF-8.");
        yield return Case("A tab", "name: plant-a\nstages:\n\t- validate:\n \t- validate:"u8, "3:1: the line is indented with a tab. Indent with spaces.", "4:2: the line is indented with a tab. Indent with spaces.");
        yield return Case("A zero", "name: plant\0-a"u8, "1:12: an unprintable character (U+0000) stands here. Delete it.");
        yield return Case("An escape", "name: plant\u001B[31m"u8, "1:12: an unprintable character (U+001B) stands here. Delete it.");
        yield return Case("Too large", new byte[(1 << 20) + 1], "1:1: the file is larger than 1 MiB, which no definition needs. Split it.");
        yield return Case("Empty", [], "1:1: the file is empty. Begin with name:, or take the file out.");
    }

    [TestCaseSource(nameof(Bad))]
    public void What_is_no_text_is_refused_with_a_sentence(byte[] bytes, string[] says) =>
        Assert.That(Said(bytes), Is.EqualTo(says.Select(x => $"{Plant.PipelineFile}:{x}")));

    private static TestCaseData Case(string name, ReadOnlySpan<byte> bytes, params string[] says) => new TestCaseData(bytes.ToArray(), says).SetName(name);

    private static IReadOnlyList<string> Said(byte[] bytes) =>
        Plant.Problems([new DefinitionFile(DefinitionFile.Instances, Plant.Instances), new DefinitionFile(Plant.PipelineFile, bytes)]);
}
