using CsCheck;

namespace Pipelines.Tests.NodeRed;

/// <summary>Documents that nobody would write and that come all the same.</summary>
internal static class Strange
{
    /// <summary><c>ROBUSTNESS=10</c> tries ten times as many; 8 are more than 200,000 in all.</summary>
    public static readonly int Times = int.TryParse(Environment.GetEnvironmentVariable("ROBUSTNESS"), out var times) ? times : 1;

    private static readonly string[] Names =
    [
        "id", "type", "z", "g", "name", "x", "y", "wires", "d", "info", "env", "topic", "inputs", "clientid", "cleansession", "broker", "repeat", "crontab", "once", "func", "initialize",
        "rules", "props", "property", "propertyType", "template", "syntax", "mode", "links", "linkType", "scope", "in", "out", "options", "disabled", "label", "libs", "nl", "rh", "rap", "count",
        "value", "p", "pt", "t", "to", "tot", "v", "vt", "module", "queueName", "willTopic", "willRetain", "filename", "pauseType", "\\ud800", "", "a.b", "__proto__",
    ];

    private static readonly string[] Types =
    [
        "tab", "subflow", "group", "subflow:s", "subflow:n1", "function", "change", "switch", "inject", "template", "mqtt in", "mqtt-broker", "join", "split", "batch", "link in", "link out",
        "link call", "complete", "http in", "http response", "rbe", "trigger", "delay", "file", "amqp-in", "kafkajs-consumer", "websocket in", "websocket-client", "global-config", "ui_base", "ui_text",
        "cronplus", "sort", "smooth", "exec", "\\udc00",
    ];

    private static readonly string[] Texts =
    [
        "", "n0", "n1", "n2", "s", "t", "orders/#", "$share/g/a", "$share//", "${TOPIC}", "$(A)", "${$parent.A}", "true", "false", "5", "-1", "1e999", "flow", "global", "jsonata", "msg", "reduce", "custom",
        "flow.set('a', 1)", "const g = global; g.get(`a`)", "setInterval(()=>{}, 1)", "return msg;}", "((((", "$flowContext('a'", "{{flow.a}}", "{{{", "ha-ok: HA010", "ha-ok: HA010 meant", "#:(s)::k",
        "\\ud800", "\\u0000", "\\\\", "\\\"", "\\n", "é😀", "dynamic", "return", "env", "str", "cred",
    ];

    public static Gen<string> Json { get; } = Gen.Recursive<string>((depth, any) => depth > 3
        ? Leaf()
        : Gen.OneOf(Leaf(), any.Array[0, 4].Select(items => $"[{string.Join(',', items)}]"), Gen.Select(OneOf(Names), any).Array[0, 4].Select(Object)));

    /// <summary>Any JSON, shaped like flows more often than not.</summary>
    public static Gen<string> Flows { get; } = Node().Array[0, 8].Select(nodes => $"[{string.Join(',', nodes)}]");

    private static Gen<string> OneOf(params string[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static Gen<string> Node() => Gen.Select(
        OneOf("n0", "n1", "n2", "s", "t"), OneOf(Types), Gen.Select(OneOf(Names), Json).Array[0, 8],
        (id, type, more) => Object([("id", Quoted(id)), ("type", Quoted(type)), ("z", Quoted("t")), .. more]));

    private static Gen<string> Leaf() => Gen.OneOf(
        OneOf(Texts).Select(Quoted), OneOf("null", "true", "false", "0", "1", "-7", "1e308", "123456789012345678901234567890", "{}", "[]", "[[]]", "[[\"n1\"]]"));

    private static string Object((string Name, string Value)[] properties) => $"{{{string.Join(',', properties.Select(x => $"{Quoted(x.Name)}:{x.Value}"))}}}";

    private static string Quoted(string text) => $"\"{text}\"";
}
