using System.Text;
using CsCheck;
using NUnit.Framework;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Flows;

[TestFixture]
public sealed class DigestTests
{
    // What a real Node-RED 5.0.7 says of no flows at all.
    private const string OfNothing = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";

    [Test]
    public void The_digest_of_flows_is_the_revision_that_Node_RED_reports() =>
        Assert.That(Digest.Of("[]"u8).ToString(), Is.EqualTo(OfNothing));

    [Test]
    public void A_digest_is_read_back_and_shown_short()
    {
        Assert.That(Digest.Parse(OfNothing), Is.EqualTo(Digest.Of("[]"u8)));
        Assert.That(Digest.Parse(OfNothing).Short, Is.EqualTo("4f53cda1"));
    }

    [TestCase("")]
    [TestCase(null)]
    [TestCase("d41d8cd98f00b204e9800998ecf8427e")]
    [TestCase("4F53CDA18C2BAA0C0354BB5F9A3ECBE5ED12AB4D8E11BA873C2F11161202B945")]
    [TestCase("4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b94g")]
    public void What_is_no_digest_is_refused(string? text) => Assert.That(Digest.TryParse(text, out _), Is.False);

    [Test]
    public void Flows_are_cut_out_of_an_answer_byte_for_byte_whatever_is_in_them() =>
        Gen.String.Sample(text =>
        {
            var flows = FakeNodeRed.AsNodeRedWrites($"[{{\"id\":\"a\",\"type\":\"comment\",\"name\":{System.Text.Json.JsonSerializer.Serialize(text)}}}]");
            var answer = RawFlows.FromAdminAnswer(Answer(Encoding.UTF8.GetString(flows.Bytes.Span), flows.Digest.ToString()));
            return answer is RawFlowsAnswer.Read read && read.Flows.Bytes.Span.SequenceEqual(flows.Bytes.Span) && read.Flows.Digest == flows.Digest;
        });

    [Test]
    public void An_md5_revision_is_told_apart_from_flows_that_changed_on_the_way()
    {
        Assert.That(Refusal(Answer("[]", "d751713988987e9331980363e24189ce")), Does.Contain("2.x"));
        Assert.That(Refusal(Answer("[ ]", OfNothing)), Does.Contain("claims revision 4f53cda1"));
    }

    [TestCase("[]", "version 1")]
    [TestCase("<html>", "not JSON")]
    [TestCase("", "not JSON")]
    [TestCase("{\"flows\":[]}", "no revision")]
    [TestCase("{\"rev\":\"x\"}", "no flows")]
    [TestCase("{\"flows\":[", "not JSON")]
    [TestCase("7", "not an object")]
    public void An_odd_answer_is_refused_with_its_name(string body, string reason) =>
        Assert.That(Refusal(Encoding.UTF8.GetBytes(body)), Does.Contain(reason));

    [Test]
    public void Null_is_a_Node_RED_that_boots() => Assert.That(RawFlows.FromAdminAnswer("null"u8.ToArray()), Is.InstanceOf<RawFlowsAnswer.NotReady>());

    private static byte[] Answer(string flows, string revision) => Encoding.UTF8.GetBytes($"{{\"flows\":{flows},\"rev\":\"{revision}\"}}");

    private static string Refusal(byte[] body) => ((RawFlowsAnswer.Refused)RawFlows.FromAdminAnswer(body)).Reason;
}
