using System.Text.Json;
using NUnit.Framework;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Tests.NodeRed.Rules;

/// <summary>HA012, HA020 and HA021: what function code, expressions and templates do, however they say it.</summary>
[TestFixture]
public sealed class ContextRuleTests
{
    [TestCase("flow.set('n', 1)", TestName = "Plain")]
    [TestCase("context.set('n', 1)", TestName = "The node's own")]
    [TestCase("context.flow.set('n', 1)", TestName = "By way of context")]
    [TestCase("const g = global; g.set('n', 1)", TestName = "Aliased")]
    [TestCase("let g; g = global; g.set('n', 1)", TestName = "Aliased later")]
    [TestCase("g = global; g.set('n', 1)", TestName = "Aliased without a declaration")]
    [TestCase("const { set } = flow; set('n', 1)", TestName = "Taken out by a pattern")]
    [TestCase("const { flow: f } = context; f.set('n', 1)", TestName = "Taken out by a pattern and renamed")]
    [TestCase("const put = global.set; put.call(global, 'n', 1)", TestName = "By call")]
    [TestCase("global.set.apply(global, ['n', 1])", TestName = "By apply")]
    [TestCase("const put = flow.set.bind(flow); put('n', 1)", TestName = "By bind")]
    [TestCase("flow['set']('n', 1)", TestName = "By a computed name")]
    [TestCase("flow[`s${'et'}`]('n', 1)", TestName = "By a template literal")]
    [TestCase("flow?.set?.('n', 1)", TestName = "By an optional chain")]
    [TestCase("function keep(c) { c.set('n', 1) } keep(flow)", TestName = "By a helper")]
    [TestCase("((c) => c.set('n', 1))(global)", TestName = "By a helper in place")]
    [TestCase("const stores = { memory: flow }; stores.memory.set('n', 1)", TestName = "Through an object")]
    [TestCase("(msg.all ? global : flow).set('n', 1)", TestName = "One or the other")]
    [TestCase("return { payload: `${flow.set('n', 1)}` }", TestName = "Inside a template literal")]
    [TestCase("await new Promise(done => flow.set('n', 1, done))", TestName = "In a callback")]
    [TestCase("fl\\u006fw.set('n', 1)", TestName = "Spelled with an escape")]
    [TestCase("globalThis.flow.set('n', 1)", TestName = "Through globalThis")]
    [TestCase("/* flow */ if (true) { var f = flow } f.set('n', 1)", TestName = "var belongs to the function")]
    public void What_code_keeps_is_found(string code) => Assert.That(Find("HA020", code).Single().Severity, Is.EqualTo(Severity.Error));

    [TestCase("return { payload: `${flow.get('n')}` }", TestName = "Inside a template literal, read")]
    [TestCase("const n = context.get('n') || 0", TestName = "Read with a default")]
    [TestCase("return flow.keys()", TestName = "The keys")]
    public void What_code_reads_is_a_warning(string code) => Assert.That(Find("HA020", code).Single().Severity, Is.EqualTo(Severity.Warning));

    [TestCase("// flow.set('n', 1)\nreturn msg", TestName = "In a comment")]
    [TestCase("/* global.set('n', 1) */ return msg", TestName = "In a block comment")]
    [TestCase("msg.payload = \"flow.set('n', 1)\"; return msg", TestName = "In text")]
    [TestCase("msg.payload = `flow.set('n', 1)`; return msg", TestName = "In a template literal's text")]
    [TestCase("msg.payload = /flow.set('n')/.test(msg.topic); return msg", TestName = "In a regular expression")]
    [TestCase("const flow = new Map(); flow.set('n', 1)", TestName = "A map that is called flow")]
    [TestCase("function f(flow) { flow.set('n', 1) } f(new Map())", TestName = "A parameter that is called flow")]
    [TestCase("for (const global of msg.list) { global.set('n', 1) }", TestName = "A loop variable that is called global")]
    [TestCase("try { x() } catch (context) { context.set('n', 1) }", TestName = "A caught error that is called context")]
    [TestCase("msg.flow.set('n', 1)", TestName = "A property that is called flow")]
    [TestCase("const { flow } = msg; flow.set('n', 1)", TestName = "Something of the message that is called flow")]
    [TestCase("msg.headers.set('flow', 1)", TestName = "Another thing's set")]
    [TestCase("class global { static set() {} } global.set('n', 1)", TestName = "A class that is called global")]
    [TestCase("flow.setting('n')", TestName = "Another method")]
    public void What_only_looks_like_context_is_left_alone(string code) => Assert.That(Find("HA020", code), Is.Empty);

    [Test]
    public void A_value_that_a_node_reads_and_writes_is_said_once() =>
        Assert.That(Find("HA020", "flow.set('n', (flow.get('n') || 0) + 1); flow.set('n', 2)"), Has.Count.EqualTo(1));

    [TestCase("flow.set(`orders.${msg.id}`, 1)", "'orders'")]
    [TestCase("flow.set('orders.' + msg.id, 1)", "'orders'")]
    [TestCase("const at = `orders[${msg.id}]`; flow.set(at, 1)", "'orders'")]
    [TestCase("flow.set(`orders${msg.id}`, 1)", "values")]
    [TestCase("flow.set(msg.topic + '.x', 1)", "values")]
    public void A_key_that_is_partly_made_at_run_time_is_known_by_its_first_part(string code, string what) =>
        Assert.That(Find("HA020", code).Single().Reason, Does.Contain($"keeps {what} in the flow context"));

    [Test]
    public void A_key_that_is_partly_made_at_run_time_leaves_other_values_alone() =>
        Assert.That(HaRuleTests.Find("HA020", Function("f", "flow.set(`orders.${msg.id}`, 1)"), Function("g", "return flow.get('limit')", "flow.set('limit', 7)")), Has.Count.EqualTo(1));

    [Test]
    public void Two_values_are_said_twice() => Assert.That(Find("HA020", "flow.set(['a', 'b.c'], [1, 2])"), Has.Count.EqualTo(2));

    [Test]
    public void A_value_that_is_only_set_at_the_start_is_the_same_on_every_replica()
    {
        Assert.That(HaRuleTests.Find("HA020", Function("f", "return flow.get('limit')", "flow.set('limit', 7)")), Is.Empty);
        Assert.That(HaRuleTests.Find("HA020", Function("f", "flow.set('limit', msg.payload); return flow.get('limit')", "flow.set('limit', 7)")), Has.Count.EqualTo(1), "and later changed");
        Assert.That(HaRuleTests.Find("HA020", Function("f", "flow.set(msg.topic, 1)"), Function("g", "return flow.get('limit')", "flow.set('limit', 7)")), Has.Count.EqualTo(2), "and perhaps changed");
    }

    [TestCase("""{"id":"i","type":"inject","z":"t","once":true,"repeat":"","x":1,"y":1,"wires":[["c"]]}""", 0, TestName = "An inject at the start")]
    [TestCase("""{"id":"i","type":"inject","z":"t","once":true,"repeat":"60","x":1,"y":1,"wires":[["c"]]}""", 2, TestName = "An inject that repeats")]
    [TestCase("""{"id":"i","type":"inject","z":"t","once":false,"repeat":"","x":1,"y":1,"wires":[["c"]]}""", 2, TestName = "A button")]
    [TestCase("""{"id":"i","type":"mqtt in","z":"t","topic":"a","x":1,"y":1,"wires":[["c"]]}""", 2, TestName = "A message")]
    public void A_value_set_by(string source, int findings) => Assert.That(HaRuleTests.Find("HA020", source,
        """{"id":"c","type":"change","z":"t","rules":[{"t":"set","p":"limit","pt":"flow","to":"7","tot":"num"}],"x":1,"y":1,"wires":[[]]}""",
        """{"id":"s","type":"switch","z":"t","property":"limit","propertyType":"flow","rules":[],"x":1,"y":1,"wires":[[]]}"""), Has.Count.EqualTo(findings));

    [Test]
    public void A_global_that_nothing_here_writes_may_come_from_the_settings() =>
        Assert.That(Find("HA020", "const os = global.get('os')").Single().Severity, Is.EqualTo(Severity.Info));

    [TestCase("""{"type":"change","rules":[{"t":"set","p":"n","pt":"flow","to":"1","tot":"num"}]}""", Severity.Error, "rules[0].p")]
    [TestCase("""{"type":"change","rules":[{"t":"delete","p":"n","pt":"global"}]}""", Severity.Error, "rules[0].p")]
    [TestCase("""{"type":"change","rules":[{"t":"move","p":"payload","pt":"msg","to":"n","tot":"flow"}]}""", Severity.Error, "rules[0].to")]
    [TestCase("""{"type":"change","rules":[{"t":"set","p":"payload","pt":"msg","to":"n","tot":"flow"}]}""", Severity.Warning, "rules[0].to")]
    [TestCase("""{"type":"change","rules":[{"t":"change","p":"payload","pt":"msg","from":"n","fromt":"flow","to":"","tot":"str"}]}""", Severity.Warning, "rules[0].from")]
    [TestCase("""{"type":"change","rules":[{"t":"set","p":"payload","pt":"msg","to":"$flowContext('n') + 1","tot":"jsonata"}]}""", Severity.Warning, "rules[0].to")]
    [TestCase("""{"type":"switch","property":"n","propertyType":"flow","rules":[]}""", Severity.Warning, "property")]
    [TestCase("""{"type":"switch","property":"payload","propertyType":"msg","rules":[{"t":"gt","v":"n","vt":"flow"}]}""", Severity.Warning, "rules[0].v")]
    [TestCase("""{"type":"switch","property":"payload","propertyType":"msg","rules":[{"t":"btwn","v":"1","vt":"num","v2":"n","v2t":"flow"}]}""", Severity.Warning, "rules[0].v2")]
    [TestCase("""{"type":"switch","property":"$globalContext(\"n\") > 1","propertyType":"jsonata","rules":[]}""", Severity.Info, "property")]
    [TestCase("""{"type":"inject","props":[{"p":"payload","v":"n","vt":"flow"}]}""", Severity.Warning, "props[0].v")]
    [TestCase("""{"type":"template","template":"It is {{flow.n}}.","syntax":"mustache"}""", Severity.Warning, "template")]
    [TestCase("""{"type":"template","template":"{{#flow.list}}x{{/flow.list}}"}""", Severity.Warning, "template")]
    [TestCase("""{"type":"http request","url":"n","urlType":"flow"}""", Severity.Warning, "url")]
    public void What_properties_say_is_found(string node, Severity severity, string property)
    {
        var found = HaRuleTests.Find("HA020", HaRuleTests.Place(node)).Single();
        Assert.That((found.Severity, found.Property), Is.EqualTo((severity, property)));
    }

    [TestCase("""{"type":"change","rules":[{"t":"set","p":"flow.n","pt":"msg","to":"flow","tot":"str"}]}""")]
    [TestCase("""{"type":"change","rules":[{"t":"set","p":"payload","pt":"msg","to":"\"$flowContext('n')\"","tot":"jsonata"}]}""", TestName = "Text in an expression")]
    [TestCase("""{"type":"change","rules":[{"t":"set","p":"payload","pt":"msg","to":"/* $flowContext('n') */ 1","tot":"jsonata"}]}""", TestName = "A comment in an expression")]
    [TestCase("""{"type":"change","rules":[{"t":"set","p":"payload","pt":"msg","to":"$flowContext('n')","tot":"str"}]}""", TestName = "An expression that is only text")]
    [TestCase("""{"type":"switch","property":"flow","propertyType":"msg","rules":[{"t":"eq","v":"global","vt":"str"}]}""")]
    [TestCase("""{"type":"template","template":"{{flow.n}}","syntax":"plain"}""", TestName = "A plain template")]
    [TestCase("""{"type":"template","template":"{{! flow.n }} {{payload.flow.n}} flow.n"}""", TestName = "A comment in a template")]
    [TestCase("""{"type":"comment","info":"flow.set('n', 1)"}""")]
    public void What_properties_only_mention_is_left_alone(string node) => Assert.That(HaRuleTests.Find("HA020", HaRuleTests.Place(node)), Is.Empty);

    [TestCase("flow.set('n', 1, 'disk')", 1)]
    [TestCase("flow.get('n', 'disk')", 1)]
    [TestCase("flow.get('#:(disk)::n')", 1)]
    [TestCase("flow.get('n', 'default')", 0)]
    [TestCase("flow.get('n', (error, value) => {})", 0)]
    public void HA021(string code, int findings) => Assert.That(Find("HA021", code), Has.Count.EqualTo(findings));

    [TestCase("setInterval(() => node.send(msg), 1000)", 1)]
    [TestCase("const every = setInterval; every(f, 1000)", 1)]
    [TestCase("function tick() { node.send(msg); setTimeout(tick, 1000) } tick()", 1)]
    [TestCase("const tick = () => { setTimeout(() => tick(), 1000) }; tick()", 1)]
    [TestCase("setTimeout(() => node.send(msg), 1000)", 0, TestName = "HA012 A delay of one message is fine")]
    [TestCase("function later() { node.send(msg) } setTimeout(later, 1000)", 0, TestName = "HA012 A named delay is fine")]
    [TestCase("clearInterval(msg.timer)", 0)]
    [TestCase("// setInterval(f, 1)\nreturn msg", 0)]
    [TestCase("function f(setInterval) { setInterval(1) } f(x => x)", 0)]
    public void HA012(string code, int findings) => Assert.That(Find("HA012", code), Has.Count.EqualTo(findings));

    [Test]
    public void Code_that_is_no_JavaScript_is_said_with_its_place()
    {
        var found = Find("HA020", "flow.set('n', 1);\nreturn msg;;)").Single();
        Assert.That((found.Severity, found.Line, found.Column), Is.EqualTo((Severity.Info, 2, 13)));
    }

    [TestCase("(", ")")]
    [TestCase("[", "]")]
    [TestCase("a(", ")")]
    [TestCase("()=>{", "}")]
    [TestCase("1+", "1")]
    [TestCase("if(1){", "}")]
    [TestCase("`${", "}`")]
    public void Code_that_is_nested_deeper_than_anybody_nests_is_no_accident(string open, string close) =>
        Assert.That(() => Find("HA020", $"flow.get('n');{string.Concat(Enumerable.Repeat(open, 20_000))}1{string.Concat(Enumerable.Repeat(close, 20_000))}"), Throws.Nothing);

    [Test]
    public void A_chain_of_aliases_is_followed_and_a_ring_of_them_ends()
    {
        Assert.That(Find("HA020", "const a = flow, b = a, c = b, d = c; d.set('n', 1)"), Has.Count.EqualTo(1));
        Assert.That(() => Find("HA020", "var flow1 = flow2, flow2 = flow3, flow3 = flow1; flow1.set('n', 1)"), Throws.Nothing);
        Assert.That(() => Find("HA020", $"var a0 = flow;{string.Concat(Enumerable.Range(1, 3000).Select(i => $"var a{i} = a{i - 1}.x || a{i - 1};"))} a3000.set('n', 1)"), Throws.Nothing);
    }

    private static IReadOnlyList<Finding> Find(string rule, string code) => HaRuleTests.Find(rule, Function("f", code));

    private static string Function(string id, string code, string initialize = "") =>
        $$"""{"id":"{{id}}","type":"function","z":"t","func":{{JsonSerializer.Serialize(code)}},"initialize":{{JsonSerializer.Serialize(initialize)}},"x":1,"y":1,"wires":[[]]}""";
}
