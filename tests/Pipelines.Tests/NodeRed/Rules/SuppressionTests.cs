using NUnit.Framework;
using Pipelines.NodeRed.Rules;
using Pipelines.NodeRed.Rules.Suppressions;

namespace Pipelines.Tests.NodeRed.Rules;

[TestFixture]
public sealed class SuppressionTests
{
    [TestCase("ha-ok: HA010 the leader flag is set by the platform", TestName = "By rule and reason")]
    [TestCase("Sends the report.\\n\\n<!-- ha-ok: HA010 meant -->", TestName = "In a comment of the text")]
    [TestCase("HA-OK: ha010, HA011 both are meant", TestName = "Several rules, in small letters")]
    public void What_an_author_means_is_left_out_and_counted(string info)
    {
        var report = Check(Inject(info));
        Assert.That(report.Findings.Select(x => x.Rule), Is.SubsetOf(new[] { "HA011" }));
        Assert.That(report.Suppressed.Select(x => x.Finding.Rule), Does.Contain("HA010"));
        Assert.That(report.Stops, Is.False);
    }

    [TestCase("ha-ok: HA010", "SUP001", "no reason")]
    [TestCase("ha-ok: HA999 meant", "SUP001", "does not exist")]
    [TestCase("ha-ok: NR001 meant", "SUP001", "cannot be suppressed")]
    [TestCase("ha-ok: HA001 meant", "SUP002", "suppresses nothing")]
    public void A_suppression_that_does_not_count_is_found(string info, string rule, string reason)
    {
        var report = Check(Inject(info));
        Assert.That(report.Findings.Select(x => x.Rule), Is.EquivalentTo(new[] { "HA010", "HA011", rule }));
        var found = report.Findings.Single(x => x.Rule == rule);
        Assert.That(found.Reason, Does.Contain(reason));
        Assert.That((found.NodeId, found.Property, found.Line), Is.EqualTo(("n", "info", 1)));
    }

    [Test]
    public void On_a_tab_it_covers_what_lies_there_and_nothing_else()
    {
        var flows = """
            [{"id":"t","type":"tab","info":"ha-ok: HA010 runs once by the platform"},{"id":"u","type":"tab"},
             {"id":"a","type":"inject","z":"t","repeat":"5","x":1,"y":1,"wires":[[]]},{"id":"b","type":"inject","z":"u","repeat":"5","x":1,"y":1,"wires":[[]]}]
            """;
        Assert.That(Check(flows).Findings.Select(x => x.NodeId), Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public void On_a_group_it_covers_what_lies_in_it_and_in_groups_in_it()
    {
        var flows = """
            [{"id":"t","type":"tab"},{"id":"g","type":"group","z":"t","info":"ha-ok: HA010 meant"},{"id":"h","type":"group","z":"t","g":"g"},
             {"id":"a","type":"inject","z":"t","g":"h","repeat":"5","x":1,"y":1,"wires":[[]]},{"id":"b","type":"inject","z":"t","repeat":"5","x":1,"y":1,"wires":[[]]}]
            """;
        Assert.That(Check(flows).Findings.Select(x => x.NodeId), Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public void The_pipeline_file_covers_all_flows_or_one_node()
    {
        var flows = Inject("");
        Assert.That(Check(flows, new Suppression("HA010", "meant"), new Suppression("HA011", "meant", "n")).Findings, Is.Empty);
        var found = Check(flows, new Suppression("HA010", "meant", "other"), new Suppression("HA011", "")).Findings;
        Assert.That(found.Select(x => x.Rule), Is.EquivalentTo(new[] { "HA010", "HA011", "SUP001", "SUP002" }));
    }

    [TestCase("structural", true, TestName = "Rules that are not asked leave no suppression unused")]
    [TestCase("ha", false, TestName = "Nor does a target of one replica")]
    public void A_suppression_waits_for_the_rule(string profile, bool several)
    {
        var context = new RuleContext(Nodes.Set(Inject("ha-ok: HA001 meant"))) { SeveralReplicas = several };
        Assert.That(RuleBook.Check(context, Profile.Find(profile)!).Findings, Is.Empty);
    }

    [Test]
    public void A_suppression_on_a_disabled_node_waits_for_the_day_it_is_enabled() =>
        Assert.That(Check("""[{"id":"n","type":"inject","z":"t","d":true,"repeat":"5","info":"ha-ok: HA010 meant","x":1,"y":1,"wires":[[]]},{"id":"t","type":"tab"}]""").Findings, Is.Empty);

    [Test]
    public void A_target_of_one_replica_is_not_bothered() =>
        Assert.That(RuleBook.Check(new RuleContext(Nodes.Set(Inject(""))) { SeveralReplicas = false }, Profile.Strict).Findings, Is.Empty);

    [TestCase("ha", true)]
    [TestCase("strict", true)]
    [TestCase("structural", false)]
    public void Profiles(string profile, bool stops) => Assert.That(RuleBook.Check(new RuleContext(Nodes.Set(Inject(""))), Profile.Find(profile)!).Stops, Is.EqualTo(stops));

    [Test]
    public void Strict_stops_at_warnings_too()
    {
        var context = new RuleContext(Nodes.Set(HaRuleTests.Flows(HaRuleTests.Place(HaRuleTests.With("delay", """{"pauseType":"rate"}""")))));
        Assert.That((RuleBook.Check(context, Profile.Ha).Stops, RuleBook.Check(context, Profile.Strict).Stops), Is.EqualTo((false, true)));
    }

    [TestCase(RuleLevel.Info, Severity.Info)]
    [TestCase(RuleLevel.Warning, Severity.Warning)]
    [TestCase(RuleLevel.Error, Severity.Error)]
    [TestCase(RuleLevel.Off, null)]
    public void A_rule_counts_as_the_pipeline_says(RuleLevel level, Severity? severity)
    {
        var settings = new RuleSettings { Levels = new Dictionary<string, RuleLevel>(StringComparer.Ordinal) { ["HA010"] = level } };
        var found = RuleBook.Check(new RuleContext(Nodes.Set(Inject(""))) { Settings = settings }, Profile.Ha).Findings.Where(x => x.Rule == "HA010");
        Assert.That(found.Select(x => (Severity?)x.Severity), Is.EqualTo(severity is null ? [] : new[] { severity }));
    }

    private static string Inject(string info) =>
        $$"""[{"id":"t","type":"tab"},{"id":"n","type":"inject","z":"t","repeat":"5","once":true,"info":"{{info}}","x":1,"y":1,"wires":[[]]}]""";

    private static RuleReport Check(string flows, params Suppression[] suppressions) =>
        RuleBook.Check(new RuleContext(Nodes.Set(flows)) { Settings = new RuleSettings { Suppressions = suppressions } }, Profile.Ha);
}
