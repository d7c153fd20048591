using NUnit.Framework;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Tests.NodeRed.Rules;

[TestFixture]
public sealed class CredentialRuleTests
{
    private const string Broker = """{"id":"c1","type":"mqtt-broker"}""";

    [TestCase(Broker, Severity.Error)]
    [TestCase("""{"id":"c1","type":"http request","authType":"basic","x":1,"y":1,"wires":[]}""", Severity.Error)]
    [TestCase("""{"id":"c1","type":"tab","env":[{"name":"A","type":"cred"}]}""", Severity.Error)]
    [TestCase("""{"id":"c1","type":"postgresdb"}""", Severity.Error)]
    [TestCase("""{"id":"c1","type":"telegram","x":1,"y":1,"wires":[]}""", Severity.Warning)]
    public void Removing_a_node_that_may_hold_credentials_is_found(string node, Severity severity) =>
        Assert.That(Lost(node).Single().Severity, Is.EqualTo(severity));

    [TestCase("""{"id":"c1","type":"http request","authType":"","x":1,"y":1,"wires":[]}""")]
    [TestCase("""{"id":"c1","type":"debug","x":1,"y":1,"wires":[]}""")]
    [TestCase("""{"id":"c1","type":"ui_tab"}""")]
    [TestCase("""{"id":"c1","type":"harmless"}""")]
    public void Removing_a_node_that_holds_none_is_nothing(string node) =>
        Assert.That(Lost(node, settings: new RuleSettings { CredentialFreeTypes = ["harmless"] }), Is.Empty);

    [Test]
    public void What_the_engine_holds_it_can_bring_back() => Assert.That(Lost(Broker, Nodes.Secrets("c1")), Is.Empty);

    [Test]
    public void A_node_that_stays_keeps_its_credentials() =>
        Assert.That(StructuralRuleTests.Of("CRED001", Context($"[{Broker}]", $"[{Broker}]")), Is.Empty);

    [Test]
    public void An_accepted_loss_is_a_warning() =>
        Assert.That(Lost(Broker, settings: new RuleSettings { AllowCredentialLoss = true }).Single().Severity, Is.EqualTo(Severity.Warning));

    [Test]
    public void A_listed_type_is_certain() =>
        Assert.That(Lost("""{"id":"c1","type":"telegram","x":1,"y":1,"wires":[]}""", settings: new RuleSettings { CredentialTypes = ["telegram"] }).Single().Severity, Is.EqualTo(Severity.Error));

    [Test]
    public void A_new_node_without_credentials_is_a_warning_until_the_engine_has_them()
    {
        Assert.That(StructuralRuleTests.Of("CRED002", Context("[]", $"[{Broker}]")).Single().Severity, Is.EqualTo(Severity.Warning));
        Assert.That(StructuralRuleTests.Of("CRED002", Context("[]", $"[{Broker}]", Nodes.Secrets("c1"))), Is.Empty);
        Assert.That(StructuralRuleTests.Of("CRED002", Context($"[{Broker}]", $"[{Broker}]")), Is.Empty);
    }

    private static IReadOnlyList<Finding> Lost(string node, CredentialsMap? credentials = null, RuleSettings? settings = null) =>
        StructuralRuleTests.Of("CRED001", Context($"[{node}]", "[]", credentials, settings));

    private static RuleContext Context(string before, string after, CredentialsMap? credentials = null, RuleSettings? settings = null)
    {
        var present = Nodes.Set(before);
        return new RuleContext(Nodes.Set(after))
        {
            Replicas = [StructuralRuleTests.Replica("a") with { Present = present.Raw, PresentFlows = present }],
            Credentials = credentials ?? CredentialsMap.Empty,
            Settings = settings ?? new RuleSettings(),
        };
    }
}
