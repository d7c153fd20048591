using NUnit.Framework;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Tests.NodeRed.Rules;

[TestFixture]
public sealed class EnvironmentRuleTests
{
    [TestCase("\"broker\":\"${HOST}\"", Severity.Error, "broker")]
    [TestCase("\"broker\":\"$(HOST)\"", Severity.Error, "broker")]
    [TestCase("\"broker\":\"${$parent.HOST}\"", Severity.Error, "broker")]
    [TestCase("\"rules\":[{\"to\":\"${HOST}\"}]", Severity.Error, "rules[0].to")]
    public void A_name_that_the_target_does_not_declare_is_found_where_it_stands(string property, Severity severity, string path)
    {
        var found = Find(property, "PORT").Single();
        Assert.That((found.Severity, found.Property), Is.EqualTo((severity, path)));
        Assert.That(found.Reason, Does.Contain("HOST"));
    }

    [TestCase("\"broker\":\"${PORT}\"", TestName = "Declared by the target")]
    [TestCase("\"broker\":\"tcp://${HOST}\"", TestName = "Not a whole value, so Node-RED leaves it alone")]
    [TestCase("\"broker\":\"${NR_NODE_ID}\"", TestName = "Node-RED's own")]
    [TestCase("\"broker\":\"${REGION}\"", TestName = "Defined on the tab")]
    [TestCase("\"func\":\"return env.get(name)\"", TestName = "A name that is made at run time")]
    public void A_near_miss_is_left_alone(string property) => Assert.That(Find(property, "PORT"), Is.Empty);

    [Test]
    public void A_target_that_declares_nothing_is_not_held_to_it() => Assert.That(Find("\"broker\":\"${HOST}\""), Is.Empty);

    [TestCase("return env.get('HOST')", 1)]
    [TestCase("const e = env; return e.get(`HOST`)", 1)]
    [TestCase("return env.get('PORT')", 0)]
    [TestCase("return env.get('REGION')", 0)]
    [TestCase("return env.get(msg.topic)", 0)]
    [TestCase("// env.get('HOST')", 0)]
    public void A_name_that_a_function_reads_is_good_to_know(string code, int findings)
    {
        var found = Of("ENV002", $"\"func\":\"{code}\"", "PORT");
        Assert.That(found, Has.Count.EqualTo(findings).And.All.Matches<Finding>(x => x.Severity == Severity.Info && x.Line == 1));
    }

    private static IReadOnlyList<Finding> Find(string property, params string[] declared) => Of("ENV001", property, declared);

    private static IReadOnlyList<Finding> Of(string rule, string property, params string[] declared) =>
        StructuralRuleTests.Of(rule, new RuleContext(Nodes.Set(
            $$"""[{"id":"t1","type":"tab","env":[{"name":"REGION","value":"eu","type":"str"}]},{"id":"a","type":"function","z":"t1",{{property}},"x":1,"y":1,"wires":[]}]"""))
        {
            Environment = declared.Length == 0 ? null : declared.ToHashSet(StringComparer.Ordinal),
        });
}
