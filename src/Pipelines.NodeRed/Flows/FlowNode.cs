using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pipelines.NodeRed.Flows;

/// <summary>One entry of a flows array: a node, a config node, a tab, a group or a subflow definition.</summary>
public sealed class FlowNode
{
    internal const string SubflowPrefix = "subflow:";
    private static readonly IReadOnlyList<IReadOnlyList<string>> NoWires = [];

    private readonly JsonElement _element;
    private readonly bool _plain;
    private readonly bool _placed;

    internal FlowNode(int index, JsonElement element)
    {
        (Index, _element) = (index, element);
        // Names with escapes in them are rare, may be half a surrogate pair, and go the slow way.
        _plain = HasPlainNames(element);
        Id = Text("id") ?? "";
        Type = Text("type") ?? "";
        Z = Text("z") ?? "";
        Name = Text("name") ?? "";
        Disabled = IsTrue("d");
        _placed = Has("x") && Has("y");
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
    public bool IsConfig => !IsContainer && !_placed;

    /// <summary>The id of the definition when this is an instance of a subflow.</summary>
    public string? SubflowId => Type.StartsWith(SubflowPrefix, StringComparison.Ordinal) ? Type[SubflowPrefix.Length..] : null;

    /// <summary>Target ids per output; empty when <see cref="WiresShape"/> is not <see cref="WiresShape.Sound"/>.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Wires { get; }

    public WiresShape WiresShape { get; }

    /// <summary>Every property as JSON; of a name that occurs twice the last one, as in JavaScript.</summary>
    public IReadOnlyDictionary<string, JsonElement> Properties => field ??= ReadProperties();

    /// <summary>The same, without building a dictionary; names as bytes.</summary>
    internal JsonElement Element => _element;

    /// <summary>The name, or the type where nobody gave a name, for sentences.</summary>
    public string Label => Name.Length > 0 ? Name : Type;

    /// <summary>The text of a string property, or null when it is absent or something else.</summary>
    public string? Text(string property) =>
        TryGet(property, out var value) && value.ValueKind == JsonValueKind.String ? value.SafeText() : null;

    public bool IsTrue(string property) => TryGet(property, out var value) && value.ValueKind == JsonValueKind.True;

    public bool Has(string property) => TryGet(property, out _);

    /// <summary>The value of a property; of a name that occurs twice the last one.</summary>
    public bool TryGet(string property, out JsonElement value) =>
        _plain ? _element.TryGetProperty(property, out value) : Properties.TryGetValue(property, out value);

    /// <summary>The entries of an <c>env</c> array: name and type ("str", "num", "cred" …).</summary>
    public IEnumerable<(string Name, string Type)> Environment()
    {
        if (!TryGet("env", out var env) || env.ValueKind != JsonValueKind.Array)
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

    private static bool HasPlainNames(JsonElement element)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (JsonMarshal.GetRawUtf8PropertyName(property).Contains((byte)'\\'))
            {
                return false;
            }
        }
        return true;
    }

    private Dictionary<string, JsonElement> ReadProperties()
    {
        var properties = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in _element.SafeProperties())
        {
            properties[name] = value;
        }
        return properties;
    }

    private IReadOnlyList<IReadOnlyList<string>> ReadWires(out WiresShape shape)
    {
        if (!TryGet("wires", out var wires))
        {
            shape = WiresShape.Absent;
            return NoWires;
        }
        shape = WiresShape.Broken;
        if (wires.ValueKind != JsonValueKind.Array)
        {
            return NoWires;
        }
        var ports = new IReadOnlyList<string>[wires.GetArrayLength()];
        var output = 0;
        foreach (var port in wires.EnumerateArray())
        {
            if (port.ValueKind != JsonValueKind.Array)
            {
                return NoWires;
            }
            var targets = port.GetArrayLength() is > 0 and var count ? new string[count] : [];
            var at = 0;
            foreach (var target in port.EnumerateArray())
            {
                if (target.ValueKind != JsonValueKind.String)
                {
                    return NoWires;
                }
                targets[at++] = target.SafeText();
            }
            ports[output++] = targets;
        }
        shape = WiresShape.Sound;
        return ports;
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
