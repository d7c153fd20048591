using System.Text.Json;

namespace Pipelines.NodeRed.Flows;

/// <summary>One entry of a flows array: a node, a config node, a tab, a group or a subflow definition.</summary>
public sealed class FlowNode
{
    internal const string SubflowPrefix = "subflow:";
    private static readonly IReadOnlyList<IReadOnlyList<string>> NoWires = [];

    internal FlowNode(int index, string id, string type, IReadOnlyDictionary<string, JsonElement> properties)
    {
        (Index, Id, Type, Properties) = (index, id, type, properties);
        Z = Text("z") ?? "";
        Name = Text("name") ?? "";
        Disabled = IsTrue("d");
        Wires = ReadWires(out var shape);
        WiresShape = shape;
    }

    /// <summary>The position in the array, from 0.</summary>
    public int Index { get; }

    public string Id { get; }

    public string Type { get; }

    /// <summary>The tab or subflow definition the node lies on; empty for tabs, definitions and global config nodes.</summary>
    public string Z { get; }

    public string Name { get; }

    public bool Disabled { get; }

    public bool IsTab => Type == "tab";

    public bool IsSubflowDefinition => Type == "subflow";

    public bool IsGroup => Type == "group";

    /// <summary>Not a thing that runs, but a thing that others lie in.</summary>
    public bool IsContainer => IsTab || IsSubflowDefinition || IsGroup;

    /// <summary>Node-RED's own test: what has no place on the canvas is a config node.</summary>
    public bool IsConfig => !IsContainer && !(Properties.ContainsKey("x") && Properties.ContainsKey("y"));

    /// <summary>The id of the definition when this is an instance of a subflow.</summary>
    public string? SubflowId => Type.StartsWith(SubflowPrefix, StringComparison.Ordinal) ? Type[SubflowPrefix.Length..] : null;

    /// <summary>Target ids per output; empty when <see cref="WiresShape"/> is not <see cref="WiresShape.Sound"/>.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Wires { get; }

    public WiresShape WiresShape { get; }

    /// <summary>Every property as JSON; of a name that occurs twice the last one, as in JavaScript.</summary>
    public IReadOnlyDictionary<string, JsonElement> Properties { get; }

    /// <summary>The name, or the type where nobody gave a name, for sentences.</summary>
    public string Label => Name.Length > 0 ? Name : Type;

    /// <summary>The text of a string property, or null when it is absent or something else.</summary>
    public string? Text(string property) =>
        Properties.TryGetValue(property, out var value) && value.ValueKind == JsonValueKind.String ? value.SafeText() : null;

    public bool IsTrue(string property) => Properties.TryGetValue(property, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>The entries of an <c>env</c> array: name and type ("str", "num", "cred" …).</summary>
    public IEnumerable<(string Name, string Type)> Environment()
    {
        if (!Properties.TryGetValue("env", out var env) || env.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }
        foreach (var entry in env.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.SafeProperty("name") is { Length: > 0 } name)
            {
                yield return (name, entry.SafeProperty("type") ?? "");
            }
        }
    }

    public override string ToString() => $"'{Label}' ({Id}, {Type})";

    private IReadOnlyList<IReadOnlyList<string>> ReadWires(out WiresShape shape)
    {
        if (!Properties.TryGetValue("wires", out var wires))
        {
            shape = WiresShape.Absent;
            return NoWires;
        }
        if (wires.ValueKind != JsonValueKind.Array
            || wires.EnumerateArray().Any(port => port.ValueKind != JsonValueKind.Array
                || port.EnumerateArray().Any(target => target.ValueKind != JsonValueKind.String)))
        {
            shape = WiresShape.Broken;
            return NoWires;
        }
        shape = WiresShape.Sound;
        return [.. wires.EnumerateArray().Select(port => (IReadOnlyList<string>)[.. port.EnumerateArray().Select(target => target.SafeText())])];
    }
}

public enum WiresShape
{
    /// <summary>An array of arrays of ids.</summary>
    Sound,

    /// <summary>No such property, as on tabs and config nodes.</summary>
    Absent,

    Broken,
}
