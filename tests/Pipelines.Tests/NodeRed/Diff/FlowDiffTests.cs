using System.Text;
using CsCheck;
using NUnit.Framework;
using Pipelines.NodeRed.Diff;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;
using Pipelines.Testing.Stand.Flows;

namespace Pipelines.Tests.NodeRed.Diff;

[TestFixture]
public sealed class FlowDiffTests
{
    private const string Before = """
        [{"id":"t","type":"tab","label":"Orders"},{"id":"u","type":"tab","label":"Bills"},
         {"id":"a","type":"inject","z":"t","name":"start","x":10,"y":10,"wires":[["b"]]},
         {"id":"b","type":"function","z":"t","name":"work","func":"let n = 1;\nreturn msg;","x":10,"y":20,"wires":[["c"],[]]},
         {"id":"c","type":"change","z":"t","rules":[{"t":"set","p":"payload","to":"1"},{"t":"delete","p":"x"}],"x":10,"y":30,"wires":[[]]},
         {"id":"m","type":"mqtt-broker","broker":"dev"}]
        """;

    [Test]
    public void The_same_flows_have_no_difference()
    {
        Assert.That(Between(Before, Before).IsEmpty);
        Assert.That(Between(Before, Before.Replace("10", "1e1", StringComparison.Ordinal)).IsEmpty, "only written otherwise");
    }

    [Test]
    public void Nodes_come_and_go_with_their_tab()
    {
        var diff = Between(Before, Before.Replace("\"id\":\"c\"", "\"id\":\"new\"", StringComparison.Ordinal));
        Assert.That(diff.Changes.Select(x => (x.Kind, x.NodeId, x.Tab)), Is.EqualTo(new[] { (ChangeKind.Added, "new", "Orders"), (ChangeKind.Removed, "c", "Orders") }));
    }

    [Test]
    public void A_property_is_named_down_to_what_changed()
    {
        var change = Between(Before, Before.Replace("\"to\":\"1\"", "\"to\":\"2\"", StringComparison.Ordinal)).Changes.Single();
        Assert.That(change.Properties.Single(), Is.EqualTo(new PropertyChange("rules[0].to", "\"1\"", "\"2\"")));
    }

    [Test]
    public void Function_code_is_compared_line_by_line()
    {
        var change = Between(Before, Before.Replace("let n = 1;", "let n = 2;\\nn++;", StringComparison.Ordinal)).Changes.Single();
        Assert.That(change.Properties.Single().Lines, Is.EqualTo(new LineChange[] { new(1, null, "let n = 1;"), new(null, 1, "let n = 2;"), new(null, 2, "n++;"), new(2, 3, "return msg;") }));
    }

    [Test]
    public void Wires_are_told_as_wires()
    {
        var change = Between(Before, Before.Replace("[[\"c\"],[]]", "[[],[\"a\"]]", StringComparison.Ordinal)).Changes.Single();
        Assert.That(change.Wires, Is.EqualTo(new WireChange[] { new(1, false, "c", "change"), new(2, true, "a", "start") }));
        Assert.That(change.Properties, Is.Empty);
    }

    [Test]
    public void What_only_moved_is_told_apart()
    {
        Assert.That(Between(Before, Before.Replace("\"y\":20", "\"y\":25", StringComparison.Ordinal)).Changes.Single().Kind, Is.EqualTo(ChangeKind.Moved));
        Assert.That(Between(Before, Before.Replace("\"y\":20", "\"y\":25,\"d\":true", StringComparison.Ordinal)).Changes.Single().Kind, Is.EqualTo(ChangeKind.Changed));
    }

    [Test]
    public void A_node_that_went_to_another_tab_says_where_from()
    {
        var change = Between(Before, Before.Replace("\"id\":\"c\",\"type\":\"change\",\"z\":\"t\"", "\"id\":\"c\",\"type\":\"change\",\"z\":\"u\"", StringComparison.Ordinal)).Changes.Single();
        Assert.That((change.TabBefore, change.Tab), Is.EqualTo(("Orders", "Bills")));
    }

    [Test]
    public void Another_order_is_another_digest_and_no_change()
    {
        var diff = Between("""[{"id":"a","type":"tab"},{"id":"b","type":"tab"}]""", """[{"id":"b","type":"tab"},{"id":"a","type":"tab"}]""");
        Assert.That((diff.IsEmpty, diff.Reordered), Is.EqualTo((true, true)));
    }

    [Test]
    public void The_real_change_of_a_real_gateway_reads_well()
    {
        var diff = FlowDiff.Between(Nodes.Set(SampleFlows.GatewayV1), Nodes.Set(SampleFlows.GatewayV2));
        Golden.Verify("tests/Pipelines.Tests/golden/diff/gateway-v1-v2.json", FlowDiffJson.Write(diff));
        Assert.That(FlowDiffJson.Write(FlowDiff.Between(Nodes.Set(SampleFlows.GatewayV1), Nodes.Set(SampleFlows.GatewayV2))), Is.EqualTo(FlowDiffJson.Write(diff)), "the same input, the same diff");
    }

    [Test]
    public void Replicas_that_differ_before_the_promotion_are_pointed_out()
    {
        var (one, other) = (Nodes.Set("""[{"id":"a","type":"tab"}]"""), Nodes.Set("[]"));
        var diff = TargetDiff.Of(one, [new("c", other), new("b", one), new("a", one)]);
        Assert.That(diff.Groups.Select(x => string.Join(",", x.Replicas)), Is.EqualTo(new[] { "a,b", "c" }));
        Assert.That(diff.Warning, Does.StartWith("The replicas differ from one another before the promotion: a, b run ").And.Contain("c runs"));
        Assert.That(TargetDiff.Of(one, [new("a", one), new("b", one)]).Warning, Is.Null);
    }

    [Test]
    public void A_text_without_end_is_compared_in_time() =>
        Assert.That(Between(Function(0), Function(1)).Changes.Single().Properties.Single().Lines, Has.Count.EqualTo(40_002));

    [Test]
    public void Nothing_strange_makes_comparing_fail() => Gen.Select(Strange.Flows, Strange.Flows).Sample((a, b) =>
    {
        if (Read(a) is { } was && Read(b) is { } now)
        {
            var diff = FlowDiff.Between(was, now);
            _ = FlowDiffJson.Write(diff);
            Assert.That(FlowDiff.Between(was, was).IsEmpty);
        }
    }, iter: Strange.Times * 5_000);

    private static string Function(int seed) =>
        $$"""[{"id":"f","type":"function","func":"{{string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i * 2 + seed}\\n"))}}","x":1,"y":1,"wires":[]}]""";

    private static FlowSet? Read(string json) => (FlowFile.Read(Encoding.UTF8.GetBytes(json)) as FlowFileAnswer.Read)?.File.Flows;

    private static FlowDiff Between(string before, string after) => FlowDiff.Between(Nodes.Set(before), Nodes.Set(after));
}
