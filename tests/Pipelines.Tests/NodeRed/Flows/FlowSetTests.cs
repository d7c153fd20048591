using System.Text;
using CsCheck;
using NUnit.Framework;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Tests.NodeRed.Flows;

[TestFixture]
public sealed class FlowSetTests
{
    [Test]
    public void What_is_disabled_or_only_defined_does_not_run_but_its_types_must_be_installed()
    {
        var flows = Nodes.Set("""
            [{"id":"t1","type":"tab","label":"on"},{"id":"t2","type":"tab","label":"off","disabled":true},{"id":"s1","type":"subflow","name":"def"},
             {"id":"a","type":"debug","z":"t1","x":1,"y":1,"wires":[]},{"id":"b","type":"inject","z":"t1","d":true,"x":1,"y":1,"wires":[]},
             {"id":"c","type":"delay","z":"t2","x":1,"y":1,"wires":[]},{"id":"d","type":"split","z":"s1","x":1,"y":1,"wires":[]},{"id":"e","type":"mqtt-broker"}]
            """);
        Assert.That(flows.Running.Select(node => node.Id), Is.EqualTo(new[] { "a", "e" }));
        Assert.That(flows.TypesUsed, Is.EquivalentTo(new[] { "debug", "inject", "delay", "split", "mqtt-broker" }));
        Assert.That(flows.TabLabel(flows.Find("c")!), Is.EqualTo("off"));
        Assert.That(flows.TabLabel(flows.Find("d")!), Is.EqualTo("def"));
    }

    [Test]
    public void A_sample_holds_the_last_node_of_every_tab_the_http_inputs_and_the_config_nodes()
    {
        var flows = Nodes.Set(Nodes.Smoke("x", """{"id":"t2","type":"tab"}""", """{"id":"z","type":"debug","z":"t2","x":1,"y":1,"wires":[]}""", """{"id":"c","type":"mqtt-broker"}"""));
        Assert.That(ProbeSample.Of(flows).Ids, Is.EqualTo(new[] { "z", "out1", "in1", "c" }));
        Assert.That(ProbeSample.Of(flows, 2).Ids, Is.EqualTo(new[] { "z", "out1" }));
        Assert.That(ProbeSample.Of(flows, knownInactive: new HashSet<string>(StringComparer.Ordinal) { "z", "c" }).Ids, Is.EqualTo(new[] { "out1", "in1" }));
    }

    [TestCase("", "not JSON")]
    [TestCase("[{\"id\":\"a\"", "not JSON")]
    [TestCase("{\"flows\":[],\"rev\":\"\"}", "Pass the array")]
    [TestCase("{}", "array of nodes")]
    [TestCase("null", "JSON null")]
    [TestCase("[1]", "Entry 0")]
    [TestCase("[{\"id\":\"a\",\"type\":\"tab\"},{\"type\":\"tab\"}]", "Entry 1 of the flows has no id")]
    [TestCase("[{\"id\":7,\"type\":\"tab\"}]", "no id")]
    [TestCase("[{\"id\":\"a\"}]", "Node a (entry 0) has no type")]
    public void What_is_no_flows_is_refused_with_a_sentence(string text, string reason) =>
        Assert.That(((FlowSetAnswer.Refused)Parse(Encoding.UTF8.GetBytes(text))).Reason, Does.Contain(reason));

    [Test]
    public void Half_a_surrogate_pair_is_no_accident()
    {
        var flows = Nodes.Set("""[{"id":"a","type":"comment","name":"\ud800","\ud800":"\udfff","wires":[["\ud800"]],"env":[{"name":"\ud800"}]}]""");
        Assert.That(flows.Nodes[0].Name, Is.EqualTo("\\ud800"));
    }

    [Test]
    public void A_node_nested_deeper_than_anybody_nests_is_an_answer() =>
        Assert.That(Parse(Encoding.UTF8.GetBytes(new string('[', 5000))), Is.InstanceOf<FlowSetAnswer.Refused>());

    [Test]
    public void No_bytes_make_reading_fail_with_an_exception() =>
        Gen.Byte.Array.Sample(bytes =>
        {
            _ = Parse(bytes);
            return true;
        });

    [Test]
    public void No_damage_to_real_flows_makes_reading_or_looking_fail_with_an_exception()
    {
        var whole = Encoding.UTF8.GetBytes(Nodes.Smoke("x", """{"id":"t2","type":"tab","env":[{"name":"A","type":"cred"}]}""", """{"id":"s","type":"subflow:none","d":true,"x":1,"y":2}"""));
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, 8]).Sample((at, value, cut) =>
        {
            var damaged = whole.ToArray();
            damaged[at] = value;
            if (Parse(damaged.AsMemory(0, damaged.Length - cut)) is FlowSetAnswer.Read { Flows: var flows })
            {
                _ = ProbeSample.Of(flows);
                _ = flows.Nodes.Sum(node => node.Wires.Count + node.Environment().Count() + flows.TabLabel(node).Length);
            }
            return true;
        });
    }

    [Test]
    public void Comparing_names_what_goes_and_what_comes()
    {
        var comparison = FlowComparison.Between(Nodes.Set("""[{"id":"a","type":"tab"},{"id":"b","type":"tab"}]"""), Nodes.Set("""[{"id":"b","type":"tab"},{"id":"c","type":"tab"}]"""));
        Assert.That(comparison.Removed.Single().Id, Is.EqualTo("a"));
        Assert.That(comparison.Added.Single().Id, Is.EqualTo("c"));
    }

    [Test]
    public async Task A_deploy_is_the_raw_flows_in_an_envelope_with_the_credentials_of_their_nodes_only()
    {
        var raw = RawFlows.FromBytes("[ {\"id\":\"c1\",\"type\":\"mqtt-broker\"} ]"u8.ToArray());
        var set = ((FlowSetAnswer.Read)FlowSet.Parse(raw)).Flows;
        var body = new DeployBody(raw, Digest.Of("[]"u8), Nodes.Secrets("c1", "gone").For(set));
        using var stream = new MemoryStream();
        await body.WriteToAsync(stream, CancellationToken.None);
        await stream.WriteAsync(DeployBody.End);
        Assert.That(stream.Length, Is.EqualTo(body.Length));
        Assert.That(Encoding.UTF8.GetString(stream.ToArray()), Is.EqualTo(
            "{\"flows\":[ {\"id\":\"c1\",\"type\":\"mqtt-broker\"} ],\"rev\":\"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945\","
            + "\"credentials\":{\"c1\":{\"password\":\"s3cret\",\"user\":\"alice\"},\"pipelines-marker\":{\"written\":\"true\"}}}"));
    }

    [Test]
    public void Credentials_are_not_in_any_text()
    {
        Assert.That(Nodes.Secrets("c1").ToString(), Does.Not.Contain("s3cret").And.Not.Contain("alice"));
        Assert.That(() => Nodes.Secrets("$"), Throws.ArgumentException);
    }

    private static FlowSetAnswer Parse(ReadOnlyMemory<byte> bytes) => FlowSet.Parse(RawFlows.FromBytes(bytes));
}
