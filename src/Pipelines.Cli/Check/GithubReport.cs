using Pipelines.NodeRed.Rules;

namespace Pipelines.Cli.Check;

/// <summary>Workflow commands of GitHub Actions: a finding shows beside the line of the file.</summary>
internal static class GithubReport
{
    public static void Write(Terminal terminal, IReadOnlyList<Checked> all)
    {
        foreach (var one in all)
        {
            foreach (var finding in one.Report.Findings)
            {
                var level = finding.Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "notice" };
                var place = one.PlaceOf(finding) is { } at ? $",line={at.From.Line},col={at.From.Column}" : "";
                terminal.Out.WriteLine($"::{level} file={Property(one.Source)}{place},title={Property($"{finding.Rule} {RuleBook.Find(finding.Rule)?.Title}")}::{Data($"{finding.Reason} {finding.Cure}")}");
            }
            terminal.Out.WriteLine($"{Data(one.Source)}: {Reports.Counts(one.Report)}");
        }
    }

    private static string Data(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) =>
        Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
