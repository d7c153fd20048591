using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Tests.NodeRed.Rules;

[TestFixture]
public sealed class StructuralRuleTests
{
    private static readonly string[] Core = ["http in", "http response", "change", "debug", "function", "mqtt-broker", "mqtt in", "http request", "tls-config", "http proxy"];

    [Test]
    public void Sound_flows_on_sound_replicas_have_no_findings()
    {
        var report = Check(new RuleContext(Nodes.Set(Nodes.Smoke("x"))) { Replicas = [Replica("a"), Replica("b")] });
        Assert.That(report.Findings, Is.Empty);
        Assert.That(report.Stops, Is.False);
    }

    [Test]
    public void All_rules_speak_at_once_and_the_worst_stops()
    {
        var report = Check(new RuleContext(Nodes.Set("""[{"id":"a","type":"debug","x":1,"y":1},{"id":"a","type":"ghost","x":1,"y":1,"wires":[["b"]]}]""")) { Replicas = [Replica("a")] });
        Assert.That(report.Findings.Select(finding => finding.Rule), Is.EquivalentTo(new[] { "NR001", "NR002", "NR003", "NR004" }));
        Assert.That(report.Stopping.Select(finding => finding.Rule), Is.EquivalentTo(new[] { "NR001", "NR002", "NR003" }));
    }

    [Test]
    public void Every_rule_has_an_id_of_its_own_and_all_its_words()
    {
        Assert.That(RuleBook.All.Select(rule => rule.Id), Is.Unique);
        Assert.That(RuleBook.All, Has.All.Matches<Rule>(rule => rule.Title.Length > 0 && rule.Why.EndsWith('.') && rule.Cure.EndsWith('.')));
    }

    [TestCase("""{"id":"n","type":"ghost","z":"t1","x":1,"y":1,"wires":[]}""", 2, "not installed", TestName = "A type that is missing is found on each replica")]
    [TestCase("""{"id":"n","type":"ghost","z":"t1","d":true,"x":1,"y":1,"wires":[]}""", 2, "not installed", TestName = "A disabled node needs its type too")]
    [TestCase("""{"id":"n","type":"off","z":"t1","x":1,"y":1,"wires":[]}""", 2, "switched off", TestName = "A type that is switched off is missing")]
    [TestCase("""{"id":"n","type":"torn","z":"t1","x":1,"y":1,"wires":[]}""", 2, "does not load", TestName = "A type that does not load is missing")]
    [TestCase("""{"id":"n","type":"subflow:gone","z":"t1","x":1,"y":1,"wires":[]}""", 1, "not in the flows", TestName = "A subflow without its definition is missing")]
    [TestCase("""{"id":"n","type":"debug","z":"t1","x":1,"y":1,"wires":[]}""", 0, "", TestName = "An installed type is fine")]
    public void NR001(string node, int findings, string reason)
    {
        var sets = new[] { new NodeSet("m/off", "m", "1.0.0", ["off"], Enabled: false, null), new NodeSet("m/torn", "m", "1.0.0", ["torn"], Enabled: true, "no such file") };
        var found = Of("NR001", new RuleContext(Nodes.Set(Nodes.Smoke("x", node))) { Replicas = [Replica("a", sets), Replica("b", sets)] });
        Assert.That(found, Has.Count.EqualTo(findings).And.All.Matches<Finding>(finding => finding.Reason.Contains(reason) && finding.NodeId == "n"));
    }

    [Test]
    public void NR001_A_subflow_with_its_definition_is_fine() =>
        Assert.That(Of("NR001", new RuleContext(Nodes.Set("""[{"id":"s","type":"subflow"},{"id":"i","type":"subflow:s","x":1,"y":1,"wires":[]}]""")) { Replicas = [Replica("a")] }), Is.Empty);

    [TestCase("""{"id":"n","type":"debug","x":1,"y":1}""", 1)]
    [TestCase("""{"id":"n","type":"debug","x":1,"y":1,"wires":"a"}""", 1)]
    [TestCase("""{"id":"n","type":"debug","x":1,"y":1,"wires":["a"]}""", 1)]
    [TestCase("""{"id":"n","type":"debug","x":1,"y":1,"wires":[[7]]}""", 1)]
    [TestCase("""{"id":"n","type":"debug","x":1,"y":1,"wires":[[]]}""", 0)]
    [TestCase("""{"id":"n","type":"mqtt-broker"}""", 0)]
    [TestCase("""{"id":"n","type":"group","x":1,"y":1}""", 0)]
    public void NR003(string node, int findings) => Assert.That(Of("NR003", new RuleContext(Nodes.Set($"[{node}]"))), Has.Count.EqualTo(findings));

    [Test]
    public void NR004_names_the_output_that_leads_nowhere()
    {
        var found = Of("NR004", new RuleContext(Nodes.Set("""[{"id":"a","type":"debug","x":1,"y":1,"wires":[["a"],["a","gone"]]}]"""))).Single();
        Assert.That(found.Property, Is.EqualTo("wires[1]"));
        Assert.That(found.Severity, Is.EqualTo(Severity.Warning));
    }

    [TestCase("get", "/smoke", false, 1)]
    [TestCase("get", "smoke/", false, 1)]
    [TestCase("post", "/smoke", false, 0)]
    [TestCase("get", "/smoke2", false, 0)]
    [TestCase("get", "/smoke", true, 0)]
    public void NR005(string method, string url, bool disabled, int findings) =>
        Assert.That(Of("NR005", new RuleContext(Nodes.Set(Nodes.Smoke("x",
            $$"""{"id":"in2","type":"http in","z":"t1","method":"{{method}}","url":"{{url}}","d":{{(disabled ? "true" : "false")}},"x":1,"y":1,"wires":[[]]}""")))), Has.Count.EqualTo(findings));

    [Test]
    public void NR006_counts_the_envelope_and_the_credentials()
    {
        var flows = Nodes.Set(Nodes.Smoke("x", """{"id":"c1","type":"mqtt-broker"}"""));
        var size = new DeployBody(flows.Raw, flows.Digest, CredentialsMap.Empty).Length;
        Assert.That(Sizes(size, CredentialsMap.Empty).Single().Severity, Is.EqualTo(Severity.Warning), "it just fits");
        Assert.That(Sizes(size - 1, CredentialsMap.Empty).Single().Severity, Is.EqualTo(Severity.Error));
        Assert.That(Sizes(size, Nodes.Secrets("c1")).Single().Severity, Is.EqualTo(Severity.Error));
        Assert.That(Sizes(size * 2, Nodes.Secrets("c1")), Is.Empty);
        Assert.That(Sizes(null, Nodes.Secrets("c1")), Is.Empty);

        IReadOnlyList<Finding> Sizes(long? limit, CredentialsMap credentials) =>
            Of("NR006", new RuleContext(flows) { Replicas = [Replica("a") with { ApiMaxLength = limit }], Credentials = credentials });
    }

    [Test]
    public void NR007_names_what_could_not_be_read_and_a_Node_RED_that_is_too_old()
    {
        var found = Of("NR007", new RuleContext(Nodes.Set("[]")) { Replicas = [Replica("a"), new ReplicaFacts("b") { Troubles = ["'b' did not answer."] }, Replica("c") with { Version = "2.2.3" }] });
        Assert.That(found.Select(finding => finding.Replica), Is.EqualTo(new[] { "b", "c" }));
        Assert.That(found[1].Cure, Does.Contain("3.1"));
    }

    [TestCase(FlowState.Start, 0)]
    [TestCase(FlowState.Stop, 1)]
    [TestCase(FlowState.Safe, 1)]
    [TestCase(null, 0)]
    public void NR008(FlowState? state, int findings) =>
        Assert.That(Of("NR008", new RuleContext(Nodes.Set("[]")) { Replicas = [Replica("a") with { State = state }] }), Has.Count.EqualTo(findings));

    [TestCase("1.0.0", "used", 0)]
    [TestCase("1.0.1", "used", 1)]
    [TestCase("1.0.1", "unused", 0)]
    public void NR009(string version, string type, int findings) =>
        Assert.That(Of("NR009", new RuleContext(Nodes.Set($$"""[{"id":"a","type":"used","x":1,"y":1,"wires":[]}]"""))
        {
            Replicas = [Replica("a", new NodeSet("m/s", "m", version, [type], Enabled: true, null))],
            ModuleVersions = new Dictionary<string, string>(StringComparer.Ordinal) { ["m"] = "1.0.0" },
        }), Has.Count.EqualTo(findings));

    [TestCase("lodash", 1)]
    [TestCase("node:fs", 0)]
    [TestCase("fs/promises", 0)]
    public void NR010(string module, int findings) =>
        Assert.That(Of("NR010", new RuleContext(Nodes.Set($$"""[{"id":"a","type":"function","libs":[{"var":"x","module":"{{module}}"}],"x":1,"y":1,"wires":[]}]"""))), Has.Count.EqualTo(findings));

    internal static RuleReport Check(RuleContext context) => RuleBook.Check(context, Profile.Structural);

    internal static IReadOnlyList<Finding> Of(string rule, RuleContext context) => [.. Check(context).Findings.Where(finding => finding.Rule == rule)];

    internal static ReplicaFacts Replica(string name, params NodeSet[] more) => new(name)
    {
        Version = "4.1.15",
        State = FlowState.Start,
        ApiMaxLength = 5 << 20,
        NodeSets = [new NodeSet("node-red/core", "node-red", "4.1.15", Core, Enabled: true, null), .. more],
    };
}
