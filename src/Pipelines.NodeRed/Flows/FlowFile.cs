using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Pipelines.NodeRed.Flows;

/// <summary>
/// Flows as people have them in files: the array that Node-RED writes, an answer of its admin API, a snapshot of FlowFuse, with or
/// without a byte order mark. Positions are those in the file, so that a finding can point into it.
/// </summary>
public sealed class FlowFile
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private static ReadOnlySpan<byte> Blank => " \t\r\n"u8;

    private FlowFile(ReadOnlyMemory<byte> content, int start, FlowSet flows, FlowFileForm form)
    {
        (Content, Start, Flows, Form) = (content, start, flows, form);
        Places = new FlowPlaces(this);
    }

    /// <summary>The whole file.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Where in the file the flows array begins, in bytes.</summary>
    public int Start { get; }

    public FlowSet Flows { get; }

    public FlowFileForm Form { get; }

    /// <summary>Where things stand in the file.</summary>
    public FlowPlaces Places { get; }

    /// <summary>Reads a file; what is no flows is an answer with a sentence of its own.</summary>
    public static FlowFileAnswer Read(ReadOnlyMemory<byte> content)
    {
        var text = content.Span;
        var skipped = text.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        text = text[skipped..];
        if (text.Trim(Blank).IsEmpty)
        {
            return Refused("The file is empty. Export the flows again.");
        }
        if (content.Length >= 2 && content.Span[0] is 0xFF or 0xFE && content.Span[1] is 0xFF or 0xFE)
        {
            return Refused("The file is UTF-16. Node-RED writes UTF-8: save it as UTF-8.");
        }
        if (!Utf8.IsValid(text))
        {
            return Refused("The file is not text in UTF-8, so it is no flows file.");
        }
        skipped = content.Length - content.Span[skipped..].TrimStart(Blank).Length;
        try
        {
            // Most files are the array itself; it is read once. A blank end is not part of it, nor of its digest.
            return content.Span[skipped] == '['
                ? Of(content, skipped, skipped + content.Span[skipped..].TrimEnd(Blank).Length, FlowFileForm.Nodes)
                : Find(content, skipped);
        }
        catch (JsonException e)
        {
            return Refused($"The file is not JSON (line {e.LineNumber + 1 + content.Span[..skipped].Count((byte)'\n')}, byte {e.BytePositionInLine + 1}){Guess(text)}.");
        }
    }

    private static FlowFileAnswer Find(ReadOnlyMemory<byte> content, int skipped)
    {
        var reader = new Utf8JsonReader(content.Span[skipped..], new JsonReaderOptions { MaxDepth = FlowSet.MaxDepth });
        reader.Read();
        var found = new Found();
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                ReadObject(ref reader, skipped, found, "");
                break;
            default:
                return Refused($"The file is a JSON {Kind(reader.TokenType)}, not flows. Give the file that Node-RED writes (flows.json), or export the flows again.");
        }
        var whole = reader.Read();
        if (whole)
        {
            return Refused("The file goes on behind the flows. Export the flows again.");
        }
        if (found.Flows is not { } place)
        {
            return Refused(found.WhyNot());
        }
        return Of(content, place.Start, place.End, found.Form);
    }

    private static FlowFileAnswer Of(ReadOnlyMemory<byte> content, int start, int end, FlowFileForm form) =>
        FlowSet.ParseText(RawFlows.FromBytes(content[start..end])) switch
        {
            FlowSetAnswer.Read read => new FlowFileAnswer.Read(new FlowFile(content, start, read.Flows, form)),
            FlowSetAnswer.Refused refused => Refused(refused.Reason),
            _ => throw new InvalidOperationException("An answer is one of two."),
        };

    // flows may be an array (admin API, version 2) or an object with an array (FlowFuse).
    private static void ReadObject(ref Utf8JsonReader reader, int skipped, Found found, string path)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Encoding.UTF8.GetString(reader.ValueSpan);
            reader.Read();
            var start = skipped + (int)reader.TokenStartIndex;
            var kind = reader.TokenType;
            if (name == "flows" && kind == JsonTokenType.StartObject && path.Length == 0)
            {
                ReadObject(ref reader, skipped, found, "flows.");
                continue;
            }
            var text = kind == JsonTokenType.String ? reader.ValueSpan.Length : 0;
            reader.Skip();
            found.Names.Add(path + name);
            if (name == "flows" && kind == JsonTokenType.StartArray)
            {
                found.Flows = (start, skipped + (int)reader.BytesConsumed);
                found.Form = path.Length > 0 ? FlowFileForm.FlowFuseSnapshot : FlowFileForm.AdminAnswer;
            }
            found.Encrypted |= name == "$" && text > 32;
            found.Objects += kind == JsonTokenType.StartObject ? 1 : 0;
        }
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.String => "string",
        JsonTokenType.Number => "number",
        JsonTokenType.Null => "null",
        _ => "boolean",
    };

    private static string Guess(ReadOnlySpan<byte> text) => text.TrimStart(Blank) switch
    {
        [(byte)'<', ..] => "; it looks like HTML, as of a login page: take the file from Node-RED's user directory, or export the flows",
        [(byte)'-', (byte)'-', (byte)'-', ..] => "; it looks like YAML",
        _ => ". It may have been cut off: export the flows again",
    };

    private static FlowFileAnswer.Refused Refused(string reason) => new(reason);

    private sealed class Found
    {
        public (int Start, int End)? Flows { get; set; }

        public FlowFileForm Form { get; set; }

        public bool Encrypted { get; set; }

        public int Objects { get; set; }

        public List<string> Names { get; } = [];

        public string WhyNot() => this switch
        {
            { Encrypted: true } => "This is a file of encrypted credentials (flows_cred.json), not flows. Give the flows.json beside it; and keep this file to yourself.",
            { Names.Count: > 0 } when Names.Contains("id") && Names.Contains("type") => "This is a single node, not flows. Put it into an array.",
            { Names.Count: > 0 } when Names.Contains("dependencies") || Names.Contains("scripts") => "This is a package.json, not flows. Give the flows.json beside it.",
            { Names.Count: > 0 } when Names.Contains("flows") || Names.Exists(name => name.StartsWith("flows.", StringComparison.Ordinal)) =>
                "Its flows are not an array of nodes. Export the flows again.",
            { Names.Count: > 0, Objects: var objects } when objects == Names.Count => "This looks like credentials in clear, not flows. Give the flows.json; and keep this file to yourself.",
            _ => "It is JSON, but not flows: neither an array of nodes nor an object with flows. Give the file that Node-RED writes (flows.json), or export the flows again.",
        };
    }
}

public enum FlowFileForm
{
    /// <summary>The array itself, as in flows.json and in exports.</summary>
    Nodes,

    /// <summary><c>{"flows":[…],"rev":…}</c></summary>
    AdminAnswer,

    /// <summary><c>{"flows":{"flows":[…],"credentials":…},"settings":…}</c></summary>
    FlowFuseSnapshot,
}

public abstract record FlowFileAnswer
{
    private FlowFileAnswer() { }

    public sealed record Read(FlowFile File) : FlowFileAnswer;

    /// <param name="Reason">A sentence that names the matter and the cure.</param>
    public sealed record Refused(string Reason) : FlowFileAnswer;
}
