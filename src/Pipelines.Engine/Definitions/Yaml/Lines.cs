using System.Text;

namespace Pipelines.Engine.Definitions.Yaml;

/// <summary>What is wrong with a file before it is YAML at all: its encoding, tabs, characters that nobody sees.</summary>
internal static class Lines
{
    private const int LargestFile = 1 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string? Decode(ReadOnlySpan<byte> bytes, FileReport report)
    {
        if (bytes.Length > LargestFile)
        {
            report.Say(new(1, 1), "the file is larger than 1 MiB, which no definition needs. Split it.");
            return null;
        }

        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            report.Say(new(1, 1), "the file is in UTF-16. Save it as UTF-8.");
            return null;
        }

        bytes = bytes is [0xEF, 0xBB, 0xBF, ..] ? bytes[3..] : bytes;
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            var before = bytes[..Math.Clamp(e.Index, 0, bytes.Length)];
            var line = before.LastIndexOf((byte)'\n');
            report.Say(
                new(before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[(line + 1)..]) + 1),
                "this is not UTF-8. Save the file as UTF-8.");
            return null;
        }
    }

    public static bool AreFitFor(string text, FileReport report)
    {
        var fit = true;
        var number = 0;
        foreach (var line in Of(text))
        {
            number++;
            var indentation = line.Length - line.TrimStart(' ', '\t').Length;
            if (line.AsSpan(0, indentation).Contains('\t') && indentation < line.Length)
            {
                report.Say(new(number, line.IndexOf('\t') + 1), "the line is indented with a tab. Indent with spaces.");
                fit = false;
            }

            var odd = line.AsSpan().IndexOfAnyInRange('\0', '\u0008') is var low and >= 0 ? low
                : line.AsSpan().IndexOfAnyInRange('\u000B', '\u001F') is var high and >= 0 ? high
                : line.IndexOf('\u007F');
            if (odd >= 0)
            {
                report.Say(new(number, odd + 1), $"an unprintable character (U+{(int)line[odd]:X4}) stands here. Delete it.");
                fit = false;
            }
        }

        return fit;
    }

    public static IEnumerable<string> Of(string text) => text.ReplaceLineEndings("\n").Split('\n');
}
