using System.Text.Json;
using System.Text.RegularExpressions;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules.Reading;

/// <summary>
/// What <c>${NAME}</c> becomes, as far as the flows say: in the group, the subflow's instance, its definition, the tab, the global
/// configuration. A name that only the process knows stays unknown.
/// </summary>
internal sealed partial class EnvironmentReader(LiveFlows live)
{
    private const int MaxDepth = 24;
    private const string Parent = "$parent.";

    // Subflows in subflows multiply; a topic that differs in more copies than this is said once anyway.
    private const int MaxInstances = 256;

    public static bool IsReference(string text) => NameIn(text) is not null;

    /// <summary>The name when the whole text is a reference: Node-RED replaces nothing else.</summary>
    public static string? NameIn(string text) =>
        text.Length > 3 && text[0] == '$' && Whole().Match(text) is { Success: true } match ? match.Groups["name"].Value : null;

    /// <summary>
    /// Every value that the text has on a replica: one, or one for each instance of the subflow that the node lies in. A null value is
    /// unknown here.
    /// </summary>
    public IReadOnlyList<(string? Value, FlowNode? Instance)> Values(FlowNode node, string text)
    {
        if (NameIn(text) is not { } name)
        {
            return [(text, null)];
        }
        var values = new List<(string? Value, FlowNode? Instance)>();
        foreach (var path in Paths(node, 0).Take(MaxInstances))
        {
            values.Add((Resolve(node, path, name, 0), path.Count > 0 ? path[^1] : null));
        }
        return values;
    }

    // Each path lists the instances around a node, outermost first.
    private IEnumerable<IReadOnlyList<FlowNode>> Paths(FlowNode node, int depth)
    {
        if (depth > MaxDepth)
        {
            yield break;
        }
        if (live.Flows.Find(node.Z) is not { IsSubflowDefinition: true } definition)
        {
            yield return [];
            yield break;
        }
        foreach (var instance in live.InstancesOf(definition.Id))
        {
            foreach (var outer in Paths(instance, depth + 1))
            {
                yield return [.. outer, instance];
            }
        }
    }

    private string? Resolve(FlowNode node, IReadOnlyList<FlowNode> around, string name, int depth)
    {
        if (depth > MaxDepth)
        {
            return null;
        }
        var inner = around.Count > 0 ? around[^1] : null;
        IReadOnlyList<FlowNode> outside = inner is null ? [] : [.. around.SkipLast(1)];
        if (name.StartsWith(Parent, StringComparison.Ordinal))
        {
            name = name[Parent.Length..];
            return inner is null ? OfProcess(name) : Resolve(inner, outside, name, depth + 1);
        }
        for (var (group, steps) = (node.Text("g"), 0); group is { Length: > 0 } && steps < MaxDepth; steps++)
        {
            var home = live.Flows.Find(group);
            if (home is { IsGroup: true } && Entry(home, name) is { } inGroup)
            {
                return Value(inGroup, home, around, name, depth);
            }
            group = home?.Text("g");
        }
        if (inner is not null)
        {
            if (Entry(inner, name) is { } given)
            {
                // What an instance is given is said where the instance stands.
                return Value(given, inner, outside, name, depth);
            }
            if (live.Flows.Find(node.Z) is { } definition && Entry(definition, name) is { } standard)
            {
                return Value(standard, inner, outside, name, depth);
            }
            return Resolve(inner, outside, name, depth + 1);
        }
        return live.Flows.Find(node.Z) is { } tab && Entry(tab, name) is { } onTab ? Value(onTab, tab, around, name, depth) : OfProcess(name);
    }

    private string? OfProcess(string name)
    {
        foreach (var global in live.OfType("global-config"))
        {
            if (Entry(global, name) is { } entry)
            {
                return entry.Type is "env" or "cred" or "jsonata" ? null : entry.Value;
            }
        }
        return null;
    }

    private string? Value((string Value, string Type) entry, FlowNode at, IReadOnlyList<FlowNode> around, string name, int depth) => entry.Type switch
    {
        // A variable that is named after itself means the one further out.
        "env" => (NameIn(entry.Value) ?? entry.Value) is var other && other == name
            ? at.IsContainer && around.Count == 0 ? OfProcess(name) : Resolve(at, around, other, depth + 1)
            : Resolve(at, around, other, depth + 1),
        "cred" or "jsonata" => null,
        _ => NameIn(entry.Value) is { } reference ? Resolve(at, around, reference, depth + 1) : entry.Value,
    };

    private static (string Value, string Type)? Entry(FlowNode holder, string name)
    {
        if (!holder.TryGet("env", out var env) || env.ValueKind != JsonValueKind.Array)
        {
            return null;
        }
        foreach (var entry in env.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.SafeProperty("name") == name)
            {
                var value = entry.SafeProperties().LastOrDefault(property => property.Name == "value").Value;
                var type = entry.SafeProperty("type") ?? "str";
                return value.ValueKind switch
                {
                    JsonValueKind.String => (value.SafeText(), type),
                    JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => (value.GetRawText(), type),
                    // An entry without a value, as a definition's of a config node, says nothing.
                    _ => null,
                };
            }
        }
        return null;
    }

    [GeneratedRegex(@"^\$(\{(?<name>[^\s{}]+)\}|\((?<name>[^\s()]+)\))$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Whole();
}
