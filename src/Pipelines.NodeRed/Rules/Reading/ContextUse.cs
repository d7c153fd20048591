using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Scripts;

namespace Pipelines.NodeRed.Rules.Reading;

/// <summary>Every place in live flows that reads or writes context, however it is written there.</summary>
internal sealed class ContextUse
{
    private readonly Dictionary<(string Holder, string Key), Writers> _keys = [];
    private readonly Dictionary<string, Writers> _holders = new(StringComparer.Ordinal);

    private ContextUse(IReadOnlyList<ContextAccess> accesses)
    {
        Accesses = accesses;
        foreach (var write in accesses.Where(access => access.Verb == ContextVerb.Set))
        {
            var writer = write.AtStart ? Writers.Start : Writers.Running;
            _holders[write.Holder] = _holders.GetValueOrDefault(write.Holder) | writer | (write.Key is null && !write.AtStart ? Writers.Anything : Writers.None);
            if (write.Key is { } key)
            {
                _keys[(write.Holder, key)] = _keys.GetValueOrDefault((write.Holder, key)) | writer;
            }
        }
    }

    public IReadOnlyList<ContextAccess> Accesses { get; }

    /// <summary>Who writes what is read there.</summary>
    public Writers WritersOf(ContextAccess access)
    {
        var holder = _holders.GetValueOrDefault(access.Holder);
        return access.Key is { } key ? _keys.GetValueOrDefault((access.Holder, key)) | (holder & Writers.Anything) : holder;
    }

    public static ContextUse Of(LiveFlows live)
    {
        var accesses = new List<ContextAccess>();
        foreach (var node in live.Nodes.Where(node => !node.IsConfig))
        {
            switch (node.Type)
            {
                case "function":
                    foreach (var part in FunctionCode.All)
                    {
                        accesses.AddRange(live.Script(node, part).ContextCalls.Select(call => new ContextAccess(
                            node, call.Scope, call.Verb, call.Key, call.Store, part, part != "func")
                        { Line = call.Line, Column = call.Column, KeepsRequest = call.KeepsRequest }));
                    }
                    break;
                case "change":
                    accesses.AddRange(Items(node, "rules").SelectMany(rule => OfChange(node, rule.Value, rule.Path)));
                    break;
                case "template" when node.Text("syntax") is null or "" or "mustache":
                    accesses.AddRange(Expressions.InMustache(node.Text("template") ?? "").Select(read =>
                        Located(new ContextAccess(node, read.Scope, ContextVerb.Get, read.Key, read.Store, "template", false), node.Text("template")!, read.At)));
                    goto default;
                default:
                    accesses.AddRange(OfTypes(node));
                    break;
            }
        }
        for (var i = 0; i < accesses.Count; i++)
        {
            if (accesses[i] is { Verb: ContextVerb.Set, AtStart: false } write && !live.IsDriven(write.Node))
            {
                accesses[i] = write with { AtStart = true };
            }
        }
        return new ContextUse(accesses);
    }

    private static ContextAccess Located(ContextAccess access, string text, int at)
    {
        var before = text.AsSpan(0, at);
        return access with { Line = before.Count('\n') + 1, Column = at - before.LastIndexOf('\n') };
    }

    private static IEnumerable<ContextAccess> OfChange(FlowNode node, JsonElement rule, string path)
    {
        var verb = rule.SafeProperty("t");
        // delete and change write what they name, move writes both ends.
        if (Scoped(node, rule, "p", "pt", ContextVerb.Set, path) is { } target)
        {
            yield return target;
        }
        if (Scoped(node, rule, "to", "tot", verb == "move" ? ContextVerb.Set : ContextVerb.Get, path) is { } value && verb != "delete")
        {
            yield return value;
        }
        if (verb == "change" && Scoped(node, rule, "from", "fromt", ContextVerb.Get, path) is { } from)
        {
            yield return from;
        }
        foreach (var read in InExpression(node, rule, "to", "tot", path).Concat(InExpression(node, rule, "from", "fromt", path)))
        {
            yield return read;
        }
    }

    // payload and payloadType, property and propertyType, v and vt: the editor writes a value and what kind of value it is.
    private static IEnumerable<ContextAccess> OfTypes(FlowNode node)
    {
        foreach (var property in node.Element.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.String && TypedName(property) is { } name)
            {
                foreach (var read in Typed(node, name, property.Value))
                {
                    yield return read;
                }
            }
        }
        if (node.Type == "join" && node.Text("mode") == "reduce")
        {
            foreach (var name in new[] { "reduceExp", "reduceFixup" })
            {
                foreach (var (scope, key, store) in Expressions.InJsonata(node.Text(name) ?? ""))
                {
                    yield return new ContextAccess(node, scope, ContextVerb.Get, key, store, name, false);
                }
            }
        }
        foreach (var (rule, path) in node.Type is "switch" ? Items(node, "rules") : node.Type is "inject" ? Items(node, "props") : [])
        {
            foreach (var name in new[] { "v", "v2" })
            {
                if (Scoped(node, rule, name, $"{name}t", ContextVerb.Get, path) is { } read)
                {
                    yield return read;
                }
                foreach (var inside in InExpression(node, rule, name, $"{name}t", path))
                {
                    yield return inside;
                }
            }
        }
    }

    // Nearly no name ends so; those that do not are never made into text.
    private static string? TypedName(JsonProperty property) =>
        JsonMarshal.GetRawUtf8PropertyName(property) is { Length: > 4 } name && name.EndsWith("Type"u8) ? Encoding.UTF8.GetString(name[..^4]) : null;

    private static IEnumerable<ContextAccess> Typed(FlowNode node, string property, JsonElement kind)
    {
        // Compared as written: nearly all kinds are "msg" or "str", and one may be half a surrogate pair.
        var jsonata = IsWritten(kind, "\"jsonata\""u8);
        var flow = IsWritten(kind, "\"flow\""u8);
        if (!jsonata && !flow && !IsWritten(kind, "\"global\""u8))
        {
            yield break;
        }
        if (node.Text(property) is not { Length: > 0 } text)
        {
            yield break;
        }
        if (jsonata)
        {
            foreach (var (scope, key, store) in Expressions.InJsonata(text))
            {
                yield return new ContextAccess(node, scope, ContextVerb.Get, key, store, property, false);
            }
            yield break;
        }
        var (root, named) = ContextKey.Split(text);
        yield return new ContextAccess(node, flow ? ContextScope.Flow : ContextScope.Global, ContextVerb.Get, root, named, property, false);
    }

    private static bool IsWritten(JsonElement value, ReadOnlySpan<byte> json) => JsonMarshal.GetRawUtf8Value(value).SequenceEqual(json);

    private static ContextAccess? Scoped(FlowNode node, JsonElement rule, string property, string kind, ContextVerb verb, string path)
    {
        ContextScope? scope = rule.SafeProperty(kind) switch { "flow" => ContextScope.Flow, "global" => ContextScope.Global, _ => null };
        if (scope is null || rule.SafeProperty(property) is not { Length: > 0 } text)
        {
            return null;
        }
        var (key, store) = ContextKey.Split(text);
        return new ContextAccess(node, scope.Value, verb, key, store, $"{path}.{property}", false);
    }

    private static IEnumerable<ContextAccess> InExpression(FlowNode node, JsonElement rule, string property, string kind, string path) =>
        rule.SafeProperty(kind) == "jsonata"
            ? Expressions.InJsonata(rule.SafeProperty(property) ?? "").Select(read => new ContextAccess(node, read.Scope, ContextVerb.Get, read.Key, read.Store, $"{path}.{property}", false))
            : [];

    private static IEnumerable<(JsonElement Value, string Path)> Items(FlowNode node, string list) =>
        node.TryGet(list, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray().Select((item, index) => (item, $"{list}[{index}]")).Where(item => item.item.ValueKind == JsonValueKind.Object)
            : [];
}

[Flags]
internal enum Writers
{
    None = 0,

    /// <summary>Written when the flows start, the same on every replica.</summary>
    Start = 1,

    /// <summary>Written by what only this replica saw.</summary>
    Running = 2,

    /// <summary>Somebody writes keys that are made at run time.</summary>
    Anything = 4,
}

/// <param name="AtStart">A write that happens only when the flows start or stop.</param>
internal sealed record ContextAccess(FlowNode Node, ContextScope Scope, ContextVerb Verb, string? Key, string? Store, string Property, bool AtStart)
{
    public int? Line { get; init; }

    public int? Column { get; init; }

    public bool KeepsRequest { get; init; }

    /// <summary>Whose context it is: everybody's, the tab's or the node's.</summary>
    public string Holder => Scope switch { ContextScope.Global => "global", ContextScope.Flow => $"flow {Node.Z}", _ => $"node {Node.Id}" };
}
