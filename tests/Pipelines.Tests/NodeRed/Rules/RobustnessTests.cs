using System.Text;
using CsCheck;
using NUnit.Framework;
using Pipelines.NodeRed.Diff;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;
using Pipelines.Testing.Stand.Flows;

namespace Pipelines.Tests.NodeRed.Rules;

[TestFixture]
public sealed class RobustnessTests
{
    private static readonly FlowSet Empty = Nodes.Set("[]");

    [Test]
    public void No_document_that_looks_like_flows_makes_a_check_fail() => Strange.Flows.Sample(Look, iter: Strange.Times * 20_000);

    [Test]
    public void No_document_at_all_makes_a_check_fail() => Strange.Json.Sample(Look, iter: Strange.Times * 5_000);

    [Test]
    public void No_damage_to_real_flows_makes_a_check_fail()
    {
        var whole = Encoding.UTF8.GetBytes(SampleFlows.GatewayV2);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, 40], Gen.Bool).Sample((at, value, length, cut) =>
        {
            var damaged = cut ? [.. whole.AsSpan(0, at), .. whole.AsSpan(Math.Min(whole.Length, at + length))] : whole.ToArray();
            if (!cut)
            {
                damaged[at] = value;
            }
            Look(damaged);
        }, iter: Strange.Times * 300);
    }

    [TestCase("[", "]")]
    [TestCase("{\"a\":", "}")]
    public void Deep_nesting_is_an_answer(string open, string close) =>
        Look($"[{{\"id\":\"a\",\"type\":\"change\",\"rules\":{string.Concat(Enumerable.Repeat(open, 100_000))}1{string.Concat(Enumerable.Repeat(close, 100_000))}}}]");

    [Test]
    public void Nesting_that_is_just_allowed_is_looked_through() =>
        Look($"[{{\"id\":\"a\",\"type\":\"change\",\"z\":\"t\",\"x\":1,\"y\":1,\"rules\":{string.Concat(Enumerable.Repeat("[", 500))}\"${{A}}\"{string.Concat(Enumerable.Repeat("]", 500))}}}]");

    [Test]
    public void A_text_of_ten_megabytes_is_looked_through() =>
        Look($"[{{\"id\":\"f\",\"type\":\"function\",\"z\":\"t\",\"x\":1,\"y\":1,\"wires\":[],\"func\":\"flow.get('{new string('x', 10_000_000)}')\",\"info\":\"{new string('y', 1_000_000)}\"}}]");

    [Test]
    public void Subflows_that_hold_each_other_end() => Look("""
        [{"id":"a","type":"subflow","in":[{"wires":[{"id":"ab"}]}],"out":[{"wires":[{"id":"ab","port":0}]}],"env":[{"name":"T","type":"env","value":"T"}]},
         {"id":"b","type":"subflow","in":[{"wires":[{"id":"ba"}]}],"out":[{"wires":[{"id":"ba","port":0}]}]},
         {"id":"ab","type":"subflow:b","z":"a","x":1,"y":1,"wires":[["ab"]]},{"id":"ba","type":"subflow:a","z":"b","x":1,"y":1,"wires":[["ba"]],"env":[{"name":"T","type":"str","value":"${T}"}]},
         {"id":"i","type":"subflow:a","z":"t","x":1,"y":1,"wires":[["i"]]},{"id":"m","type":"mqtt in","topic":"${T}","z":"a","x":1,"y":1,"wires":[["m"]]},{"id":"t","type":"tab"}]
        """);

    [Test]
    public void Subflows_in_subflows_that_multiply_end() => Look(
        $"[{{\"id\":\"t\",\"type\":\"tab\"}},{string.Join(',', Enumerable.Range(0, 20).Select(i => $"{{\"id\":\"s{i}\",\"type\":\"subflow\"}},{string.Join(',', Enumerable.Range(0, 4).Select(k => $"{{\"id\":\"i{i}-{k}\",\"type\":\"subflow:s{i}\",\"z\":\"{(i == 0 ? "t" : $"s{i - 1}")}\",\"x\":1,\"y\":1,\"wires\":[]}}"))}"))},"
        + "{\"id\":\"m\",\"type\":\"mqtt in\",\"topic\":\"${T}\",\"z\":\"s19\",\"x\":1,\"y\":1,\"wires\":[]}]");

    private static void Look(string json) => Look(Encoding.UTF8.GetBytes(json));

    private static void Look(byte[] bytes)
    {
        if (FlowFile.Read(bytes) is not FlowFileAnswer.Read { File: var file })
        {
            return;
        }
        _ = FlowDiffJson.Write(FlowDiff.Between(Empty, file.Flows));
        _ = FlowDiffJson.Write(FlowDiff.Between(file.Flows, Empty));
        var context = new RuleContext(file.Flows) { Environment = new HashSet<string>(StringComparer.Ordinal) { "A" } };
        foreach (var finding in RuleBook.Check(context, Profile.Strict).Findings)
        {
            if (finding.NodeId is { } id && file.Flows.Find(id) is { } node)
            {
                _ = file.Places.Place(node, finding.Property, finding.Line, finding.Column);
            }
        }
    }
}
