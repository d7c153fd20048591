using System.Runtime.CompilerServices;
using System.Text;
using NUnit.Framework;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Flows;

/// <summary>Flows that people run, with the revision that a real Node-RED gave them.</summary>
[TestFixture]
public sealed class RealFlowsTests
{
    [TestCase("amqp-general-usage")]
    [TestCase("fleet-management")]
    public void Their_digest_is_the_revision_that_Node_RED_claimed(string name)
    {
        var (bytes, revision) = Load(name);
        var answer = RawFlows.FromAdminAnswer(Encoding.UTF8.GetBytes($"{{\"flows\":{Encoding.UTF8.GetString(bytes)},\"rev\":\"{revision}\"}}"));
        Assert.That(((RawFlowsAnswer.Read)answer).Flows.Digest.ToString(), Is.EqualTo(revision));
        Assert.That(FakeNodeRed.AsNodeRedWrites(Encoding.UTF8.GetString(bytes)).Digest.ToString(), Is.EqualTo(revision), "the fake writes otherwise");
    }

    [TestCase("amqp-general-usage")]
    [TestCase("fleet-management")]
    public void Their_structure_is_sound(string name)
    {
        var flows = ((FlowSetAnswer.Read)FlowSet.Parse(RawFlows.FromBytes(Load(name).Bytes))).Flows;
        var report = RuleBook.Check(new RuleContext(flows), Profile.Structural);
        Assert.That(report.Stopping, Is.Empty);
        Assert.That(ProbeSample.Of(flows).Ids, Is.Not.Empty);
    }

    private static (byte[] Bytes, string Revision) Load(string name, [CallerFilePath] string here = "")
    {
        var folder = Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "golden", "flows");
        return (File.ReadAllBytes(Path.Combine(folder, $"{name}.flows.json")), File.ReadAllText(Path.Combine(folder, $"{name}.rev")).Trim());
    }
}
