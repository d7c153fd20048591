using System.Text;

namespace Pipelines.Cli;

/// <summary>What a command may touch of the world.</summary>
internal sealed record Terminal(TextWriter Out, TextWriter Error, Stream In, bool Colours, Func<string, string?> Environment)
{
    public static Terminal OfProcess()
    {
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var output = new StreamWriter(Console.OpenStandardOutput(), encoding, 1 << 14);
        return new Terminal(
            output,
            new StreamWriter(Console.OpenStandardError(), encoding) { AutoFlush = true },
            Console.OpenStandardInput(),
            !Console.IsOutputRedirected && string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable("NO_COLOR")) && System.Environment.GetEnvironmentVariable("TERM") != "dumb",
            System.Environment.GetEnvironmentVariable);
    }

    public string Paint(Tone tone, string text) => Colours
        ? $"\e[{tone switch { Tone.Error => "31", Tone.Warning => "33", Tone.Info => "36", Tone.Added => "32", Tone.Removed => "31", Tone.Strong => "1", _ => "2" }}m{text}\e[0m"
        : text;
}

internal enum Tone
{
    Error,
    Warning,
    Info,
    Added,
    Removed,
    Strong,
    Faint,
}
