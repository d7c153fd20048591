using System.Text;
using NUnit.Framework;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Tests.NodeRed.Flows;

[TestFixture]
public sealed class FlowFileTests
{
    [TestCase("""[{"id":"a","type":"tab"}]""", FlowFileForm.Nodes)]
    [TestCase("""{"flows":[{"id":"a","type":"tab"}],"rev":"x"}""", FlowFileForm.AdminAnswer)]
    [TestCase("""{"id":"s1","flows":{"flows":[{"id":"a","type":"tab"}],"credentials":{"$":"e"}},"settings":{"env":{}}}""", FlowFileForm.FlowFuseSnapshot)]
    [TestCase("\uFEFF [\n{\"id\":\"a\",\"type\":\"tab\"}]\r\n", FlowFileForm.Nodes)]
    public void Flows_are_found_where_people_have_them(string text, FlowFileForm form)
    {
        var file = ((FlowFileAnswer.Read)Read(text)).File;
        Assert.That((file.Form, file.Flows.Nodes.Single().Id), Is.EqualTo((form, "a")));
        var (start, end) = file.Places.Of(file.Flows.Nodes[0]);
        Assert.That(Encoding.UTF8.GetString(file.Content.Span[start..end]), Is.EqualTo("""{"id":"a","type":"tab"}"""));
    }

    [TestCase("", "is empty")]
    [TestCase(" \n", "is empty")]
    [TestCase("<html>", "looks like HTML")]
    [TestCase("--- a: 1", "looks like YAML")]
    [TestCase("[{\"id\":", "not JSON (line 1, byte 8). It may have been cut off")]
    [TestCase("[] []", "not JSON")]
    [TestCase("7", "JSON number")]
    [TestCase("\"x\"", "JSON string")]
    [TestCase("null", "JSON null")]
    [TestCase("{}", "JSON, but not flows")]
    [TestCase("{\"$\":\"0123456789abcdef0123456789abcdefQUJD\"}", "encrypted credentials (flows_cred.json)")]
    [TestCase("{\"c1\":{\"user\":\"a\",\"password\":\"b\"}}", "credentials in clear")]
    [TestCase("{\"id\":\"a\",\"type\":\"tab\"}", "a single node")]
    [TestCase("{\"name\":\"x\",\"dependencies\":{}}", "package.json")]
    [TestCase("{\"flows\":7}", "not an array of nodes")]
    [TestCase("{\"flows\":{\"flows\":{}}}", "not an array of nodes")]
    [TestCase("[1]", "Entry 0 of the flows is a JSON number")]
    [TestCase("[{\"id\":\"a\"}]", "has no type")]
    public void Each_bad_input_has_a_sentence_of_its_own(string text, string reason) =>
        Assert.That(((FlowFileAnswer.Refused)Read(text)).Reason, Does.Contain(reason).And.EndWith("."));

    [Test]
    public void UTF_16_and_bytes_have_theirs()
    {
        Assert.That(((FlowFileAnswer.Refused)FlowFile.Read(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("[]")).ToArray())).Reason, Does.Contain("UTF-16"));
        Assert.That(((FlowFileAnswer.Refused)FlowFile.Read(new byte[] { 0x80, 0x81 })).Reason, Does.Contain("not text in UTF-8"));
    }

    [TestCase("topic", null, null, "\"ä/b\"", 2, 46, TestName = "A property")]
    [TestCase("rules[1].p", null, null, "\"q\"", 3, 35, TestName = "A property inside a list")]
    [TestCase("func", 1, 1, "a😀", 4, 11, TestName = "The first line of code")]
    [TestCase("func", 2, 3, "flow", 4, 19, TestName = "The second line of code, behind a letter that takes two units")]
    [TestCase("func", 9, 9, "\"", 4, 26, TestName = "A line that is not there ends at the end")]
    [TestCase("ghost", null, null, "\"n\"", 2, 8, TestName = "A property that is not there gives the node")]
    public void A_place_in_the_file_is_a_place_in_the_text(string property, int? line, int? column, string begins, int atLine, int atColumn)
    {
        var text = "[\n {\"id\":\"n\",\"type\":\"mqtt in\",\"z\":\"ö\",\"topic\": \"ä/b\",\n  \"rules\":[{\"p\":\"w\"},{\"p\":\"x\",\"p\":\"q\"}],\n  \"func\":\"a😀;\\n  flow();\"}\n]";
        var file = ((FlowFileAnswer.Read)Read(text)).File;
        var place = file.Places.Place(file.Flows.Nodes[0], property, line, column);
        Assert.That(Encoding.UTF8.GetString(file.Content.Span[place.Start..]), Does.StartWith(begins));
        Assert.That(text.Split('\n')[place.From.Line - 1][(place.From.Column - 1)..], Does.StartWith(begins), "as an editor counts");
        Assert.That(place.From, Is.EqualTo((atLine, atColumn)));
    }

    private static FlowFileAnswer Read(string text) => FlowFile.Read(Encoding.UTF8.GetBytes(text));
}
