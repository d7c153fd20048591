using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Pipelines.NodeRed.Flows;

/// <summary>
/// Where nodes, properties and pieces of code stand in a file. Found only when asked: a check without findings reads the file once.
/// </summary>
public sealed class FlowPlaces
{
    private readonly FlowFile _file;
    private readonly Lazy<IReadOnlyList<(int Start, int End)>> _nodes;
    private readonly Lazy<IReadOnlyList<int>> _lines;

    internal FlowPlaces(FlowFile file)
    {
        _file = file;
        _nodes = new(ReadNodes);
        _lines = new(ReadLines);
    }

    private ReadOnlySpan<byte> Content => _file.Content.Span;

    /// <summary>The bytes of a node, from its brace to its brace.</summary>
    public (int Start, int End) Of(FlowNode node) => _nodes.Value[(node ?? throw new ArgumentNullException(nameof(node))).Index];

    /// <summary>The bytes of a property's value, <c>rules[0].to</c>; null when the node has none there. Of a name that occurs twice the last.</summary>
    public (int Start, int End)? Of(FlowNode node, string property)
    {
        ArgumentNullException.ThrowIfNull(property);
        var (start, end) = Of(node);
        (int Start, int End)? at = (start, end);
        foreach (var step in Steps(property))
        {
            if (at is not { } inside)
            {
                return null;
            }
            at = Child(inside, step);
        }
        return at;
    }

    /// <summary>
    /// Where to point a reader: the property's value, and in it the line and column of a text, as far as they are known; else the node.
    /// </summary>
    public FilePlace Place(FlowNode node, string? property, int? line = null, int? column = null)
    {
        ArgumentNullException.ThrowIfNull(node);
        var (start, end) = (property is null ? null : Of(node, property)) ?? Of(node, "id") ?? Of(node);
        if (line is { } wanted && Content[start] == '"')
        {
            start = InText(start, end, wanted, column ?? 1);
        }
        return new FilePlace(start, end, At(start), At(end));
    }

    /// <summary>Line and column, from 1; columns count UTF-16 units, as editors do.</summary>
    public (int Line, int Column) At(int offset)
    {
        var lines = _lines.Value;
        var index = ((List<int>)lines).BinarySearch(offset);
        var line = index >= 0 ? index : ~index - 1;
        var from = lines[line];
        var text = Content[from..offset];
        if (from == 0 && text.StartsWith(Encoding.UTF8.Preamble))
        {
            text = text[Encoding.UTF8.Preamble.Length..];
        }
        return (line + 1, Encoding.UTF8.GetCharCount(text) + 1);
    }

    private (int Start, int End)? Child((int Start, int End) of, string step)
    {
        var reader = new Utf8JsonReader(Content[of.Start..of.End], new JsonReaderOptions { MaxDepth = FlowSet.MaxDepth });
        reader.Read();
        (int Start, int End)? found = null;
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var here = Same(ref reader, step);
                reader.Read();
                var start = of.Start + (int)reader.TokenStartIndex;
                reader.Skip();
                if (here)
                {
                    found = (start, of.Start + (int)reader.BytesConsumed);
                }
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var wanted))
        {
            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                var start = of.Start + (int)reader.TokenStartIndex;
                reader.Skip();
                if (index == wanted)
                {
                    return (start, of.Start + (int)reader.BytesConsumed);
                }
            }
        }
        return found;
    }

    private static bool Same(ref Utf8JsonReader reader, string name)
    {
        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string[] Steps(string property) =>
        property.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries);

    private List<(int Start, int End)> ReadNodes()
    {
        var nodes = new List<(int, int)>(_file.Flows.Nodes.Count);
        var reader = new Utf8JsonReader(Content[_file.Start..], new JsonReaderOptions { MaxDepth = FlowSet.MaxDepth });
        reader.Read();
        while (nodes.Count < _file.Flows.Nodes.Count && reader.Read())
        {
            var start = _file.Start + (int)reader.TokenStartIndex;
            reader.Skip();
            nodes.Add((start, _file.Start + (int)reader.BytesConsumed));
        }
        return nodes;
    }

    private List<int> ReadLines()
    {
        var lines = new List<int> { 0 };
        for (var at = 0; at < Content.Length; at++)
        {
            if (Content[at] == '\n')
            {
                lines.Add(at + 1);
            }
        }
        return lines;
    }

    // A text in JSON stands on one line of the file, with \n for its own lines: walks it, escape by escape.
    private int InText(int start, int end, int line, int column)
    {
        var at = start + 1;
        var (atLine, atColumn) = (1, 1);
        while (at < end - 1 && (atLine < line || (atLine == line && atColumn < column)))
        {
            var (length, letter, units) = Letter(at);
            if (letter == '\n' || (letter == '\r' && Letter(at + length).Letter != '\n'))
            {
                if (atLine == line)
                {
                    break;
                }
                (atLine, atColumn) = (atLine + 1, 1);
            }
            else
            {
                atColumn += units;
            }
            at += length;
        }
        return at;
    }

    private (int Length, int Letter, int Units) Letter(int at)
    {
        var first = Content[at];
        return first switch
        {
            (byte)'\\' => Content[at + 1] switch
            {
                (byte)'n' => (2, '\n', 1),
                (byte)'r' => (2, '\r', 1),
                (byte)'u' => (6, int.TryParse(Encoding.ASCII.GetString(Content.Slice(at + 2, 4)), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code) ? code : 0, 1),
                _ => (2, ' ', 1),
            },
            < 0x80 => (1, first, 1),
            < 0xE0 => (2, 0, 1),
            < 0xF0 => (3, 0, 1),
            _ => (4, 0, 2),
        };
    }
}

/// <param name="Start">The first byte.</param>
/// <param name="End">The byte behind the last.</param>
/// <param name="From">Line and column of the start.</param>
/// <param name="To">Line and column of the end.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FilePlace(int Start, int End, (int Line, int Column) From, (int Line, int Column) To);
