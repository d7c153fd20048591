using System.Text;
using CsCheck;
using NUnit.Framework;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Tests.NodeRed.Rules;

[TestFixture]
public sealed class FixerTests
{
    [TestCase("""{"id":"n","type":"mqtt in","topic":"a/b","z":"t"}""", """{"id":"n","type":"mqtt in","topic":"$share/n/a/b","z":"t"}""")]
    [TestCase("""{ "id" : "n", "type":"mqtt in",  "nl":true, "topic":"$share/g/a" , "z":"t"}""", """{ "id" : "n", "type":"mqtt in",  "nl":false, "topic":"$share/g/a" , "z":"t"}""")]
    [TestCase("""{"id":"n","type":"mqtt in","nl":true,"topic":"a","z":"t"}""", """{"id":"n","type":"mqtt in","nl":false,"topic":"$share/n/a","z":"t"}""", TestName = "A cure that makes room for another finding is followed by its cure")]
    [TestCase("""{"id":"n","type":"kafkajs-consumer","z":"t"}""", """{"groupid":"n","id":"n","type":"kafkajs-consumer","z":"t"}""", TestName = "A property that is missing is put in")]
    [TestCase("""{"id":"n","type":"mqtt in","topic":"x","topic":"a/b","z":"t"}""", """{"id":"n","type":"mqtt in","topic":"x","topic":"$share/n/a/b","z":"t"}""", TestName = "Of a property that occurs twice the one that counts is fixed")]
    [TestCase("""{"id":"n","type":"amqp-in","queueName":"","queueExclusive":true,"z":"t"}""", """{"queueAutoDelete":false,"id":"n","type":"amqp-in","queueName":"n","queueExclusive":false,"z":"t"}""")]
    [TestCase("""{"id":"n","type":"debug","wires":[["t","gone"],[]],"z":"t"}""", """{"id":"n","type":"debug","wires":[["t"],[]],"z":"t"}""")]
    public void A_fix_changes_one_value_and_leaves_every_other_byte(string node, string better)
    {
        const string before = "﻿[\r\n  {\"id\":\"t\",\"type\":\"tab\"} ,\r\n  ";
        const string after = "\r\n]\r\n";
        var written = Fix(before + Placed(node) + after)!;
        Assert.That(Encoding.UTF8.GetString(written.File.Content.Span), Is.EqualTo(before + Placed(better) + after));
    }

    [Test]
    public void The_group_is_the_one_that_was_named() =>
        Assert.That(Text(Fix("""[{"id":"n","type":"mqtt in","topic":"a","x":1,"y":1,"z":"t"}]""", "plant-a")!), Does.Contain("$share/plant-a/a"));

    [Test]
    public void A_broker_gets_no_client_id_and_a_clean_session()
    {
        var better = Fix("""[{"id":"b","type":"mqtt-broker","clientid":"x","cleansession":false},{"id":"n","type":"mqtt out","broker":"b","x":1,"y":1,"z":"t","wires":[]}]""")!;
        Assert.That(Text(better), Does.Contain("\"clientid\":\"\",\"cleansession\":true"));
        Assert.That(better.Findings.Select(x => x.Rule), Is.EquivalentTo(new[] { "HA002", "HA003" }));
    }

    [TestCase("""[{"id":"n","type":"inject","repeat":"5","x":1,"y":1,"z":"t","wires":[[]]}]""", TestName = "What only a person can decide")]
    [TestCase("""[{"id":"n","type":"mqtt in","topic":"${TOPIC}","x":1,"y":1,"z":"t","wires":[[]]},{"id":"t","type":"tab","env":[{"name":"TOPIC","value":"a","type":"str"}]}]""", TestName = "What comes from the environment")]
    [TestCase("""[{"id":"n","type":"mqtt in","topic":"a","x":1,"y":1,"z":"t","wires":[[]]},{"id":"n","type":"mqtt in","topic":"a","x":1,"y":1,"z":"t","wires":[[]]}]""", TestName = "Two nodes with one id")]
    [TestCase("""[{"id":"n","type":"mqtt in","topic":"a","info":"ha-ok: HA001 meant","x":1,"y":1,"z":"t","wires":[[]]}]""", TestName = "What is meant")]
    public void What_is_not_safe_is_left_alone(string flows) => Assert.That(Fix(flows), Is.Null);

    [Test]
    public void What_was_fixed_is_not_found_again()
    {
        var better = Fix("""[{"id":"n","type":"mqtt in","topic":"a","nl":"true","x":1,"y":1,"z":"t","wires":[["gone"]]}]""")!;
        Assert.That(RuleBook.Check(new RuleContext(better.File.Flows), Profile.Ha).Findings, Is.Empty);
        Assert.That(Fix(Text(better)), Is.Null);
    }

    [Test]
    public void No_flows_are_broken_by_a_fix() => Strange.Flows.Sample(json =>
    {
        if (FlowFile.Read(Encoding.UTF8.GetBytes(json)) is FlowFileAnswer.Read { File: var file } && Fixer.Fix(file, flows => new RuleContext(flows), Profile.Ha, null) is { } better)
        {
            Assert.That(better.File.Flows.Nodes.Select(x => x.Id), Is.EqualTo(file.Flows.Nodes.Select(x => x.Id)));
        }
    }, iter: 3_000);

    private static string Placed(string node) => node.Replace("\"z\":\"t\"}", "\"z\":\"t\",\"x\":1,\"y\":1" + (node.Contains("\"wires\"", StringComparison.Ordinal) ? "" : ",\"wires\":[[]]") + "}", StringComparison.Ordinal);

    private static FixedFile? Fix(string flows, string? group = null) =>
        FlowFile.Read(Encoding.UTF8.GetBytes(flows)) switch
        {
            FlowFileAnswer.Read read => Fixer.Fix(read.File, set => new RuleContext(set), Profile.Ha, group),
            FlowFileAnswer.Refused refused => throw new ArgumentException(refused.Reason, nameof(flows)),
            _ => null,
        };

    private static string Text(FixedFile better) => Encoding.UTF8.GetString(better.File.Content.Span);
}
