using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipelines.Engine.Definitions.Yaml;

/// <summary>
/// Reads YAML into pieces that know their place. It refuses what hides meaning from a reader of the file: anchors, aliases, tags,
/// duplicate keys, several documents. It never repeats a value: that may be a secret which somebody wrote in clear.
/// </summary>
internal sealed class YamlTree
{
    private const int DeepestNesting = 24;

    private readonly IParser _parser;
    private readonly FileReport _report;

    private YamlTree(IParser parser, FileReport report)
    {
        _parser = parser;
        _report = report;
    }

    /// <summary>The file's only document, or null when it is none; then the report says why.</summary>
    public static YamlPiece? Read(string text, FileReport report)
    {
        if (!Lines.AreFitFor(text, report))
        {
            return null;
        }

        try
        {
            var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
            return new YamlTree(parser, report).Document();
        }
        catch (NestedTooDeeply e)
        {
            report.Say(e.At, $"the nesting is deeper than {DeepestNesting} levels, which no definition needs. Take the brackets out.");
        }
        catch (YamlException e)
        {
            report.Say(At(e.Start), $"this is not YAML: {Sentence(e.Message)}{Cure(text, At(e.Start).Line)}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException or OverflowException or NullReferenceException or InvalidCastException)
        {
            // The scanner has corners where it trips instead of refusing.
            report.Say(_nowhere, "this is not YAML, and the reader cannot say where. Compare it with an example in README.md.");
        }

        return null;
    }

    private static readonly Place _nowhere = new(1, 1);

    private YamlPiece? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            return null;
        }

        _parser.Consume<DocumentStart>();
        var piece = Piece(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
        {
            _report.Say(At(second.Start), "a second document begins here. Write it into a file of its own.");
        }

        return piece;
    }

    private YamlPiece Piece(int depth)
    {
        var here = _parser.Current ?? throw new SemanticErrorException("The document ends too early.");
        if (depth > DeepestNesting)
        {
            throw new NestedTooDeeply(At(here.Start));
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            _report.Say(At(alias.Start), "an alias (*) is not read here. Write the value itself, or put it in quotes when it begins with a star.");
            return new YamlRefused(At(alias.Start));
        }

        if (here is NodeEvent node)
        {
            RefuseDecoration(node);
        }

        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return new YamlText(At(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain);
        }

        return here is SequenceStart ? List(depth) : Map(depth);
    }

    private YamlList List(int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        var items = new List<YamlPiece>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Piece(depth + 1));
        }

        return new(At(start.Start), items);
    }

    private YamlMap Map(int depth)
    {
        var start = _parser.Consume<MappingStart>();
        var entries = new List<YamlEntry>();
        var first = new Dictionary<string, Place>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Piece(depth + 1);
            var value = Piece(depth + 1);
            if (key is not YamlText { IsNothing: false } text)
            {
                if (key is not YamlRefused)
                {
                    _report.Say(key.At, $"a key is a word, not {key.Is}. Write one before the colon.");
                }
            }
            else if (!first.TryAdd(text.Value, text.At))
            {
                _report.Say(text.At, $"'{text.Value}' stands here twice, first in line {first[text.Value].Line}. Take one out.");
            }
            else
            {
                entries.Add(new(text.At, text.Value, value));
            }
        }

        return new(At(start.Start), entries);
    }

    private void RefuseDecoration(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty)
        {
            _report.Say(At(node.Start), "an anchor (&) is not read here. Write the value where it is needed, or put it in quotes when it begins with &.");
        }

        if (!node.Tag.IsEmpty && (node is not Scalar || node.Tag.Value != "!"))
        {
            _report.Say(At(node.Start), "a tag (!) is not read here. Take it out, or put the value in quotes when it begins with !.");
        }
    }

    private static string Sentence(string message)
    {
        var text = string.Join(' ', message.Split(' ', StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
        return text.Length == 0 ? "it cannot be understood here." : $"{char.ToLowerInvariant(text[0])}{text[1..]}.";
    }

    private static string Cure(string text, int line) =>
        Lines.Of(text).ElementAtOrDefault(line - 1) is { } there && there.Contains("${", StringComparison.Ordinal)
            ? " Put a secret reference in quotes: \"${env:NAME}\"."
            : " Look at the indentation, the colons and the quotes around here.";

    private static Place At(Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private sealed class NestedTooDeeply(Place at) : Exception
    {
        public Place At { get; } = at;
    }
}
