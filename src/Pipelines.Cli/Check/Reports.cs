using System.Text.Encodings.Web;
using System.Text.Json;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Cli.Check;

internal static class Reports
{
    public static readonly IReadOnlyDictionary<string, Action<Terminal, IReadOnlyList<Checked>>> Formats =
        new Dictionary<string, Action<Terminal, IReadOnlyList<Checked>>>(StringComparer.Ordinal)
        {
            ["human"] = HumanReport.Write,
            ["json"] = JsonReport.Write,
            ["sarif"] = SarifReport.Write,
            ["github"] = GithubReport.Write,
            ["junit"] = JunitReport.Write,
        };

    public static readonly JsonWriterOptions Json = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Word(Severity severity) => severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "info" };

    public static string Counts(RuleReport report)
    {
        var parts = new[] { (Severity.Error, "error"), (Severity.Warning, "warning"), (Severity.Info, "info") }
            .Select(kind => (Count: report.Findings.Count(finding => finding.Severity == kind.Item1), kind.Item2))
            .Where(kind => kind.Count > 0)
            .Select(kind => $"{kind.Count} {kind.Item2}{(kind.Count == 1 ? "" : "s")}");
        return string.Join(", ", parts) is { Length: > 0 } text ? text : "no findings";
    }

    /// <summary>Writes JSON through a writer of text.</summary>
    public static void WriteJson(Terminal terminal, Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Json))
        {
            write(writer);
        }
        terminal.Out.WriteLine(System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }
}
