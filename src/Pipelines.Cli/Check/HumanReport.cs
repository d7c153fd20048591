using Pipelines.NodeRed.Rules;

namespace Pipelines.Cli.Check;

/// <summary>Tab, node, finding, cure.</summary>
internal static class HumanReport
{
    public static void Write(Terminal terminal, IReadOnlyList<Checked> all)
    {
        foreach (var one in all)
        {
            Write(terminal, one, all.Count > 1);
        }
    }

    private static void Write(Terminal terminal, Checked one, bool several)
    {
        if (several)
        {
            terminal.Out.WriteLine(terminal.Paint(Tone.Strong, one.Source));
        }
        foreach (var tab in one.Report.Findings.GroupBy(Home, StringComparer.Ordinal))
        {
            terminal.Out.WriteLine(terminal.Paint(Tone.Strong, tab.Key));
            foreach (var node in tab.GroupBy(finding => finding.NodeId, StringComparer.Ordinal))
            {
                if (node.Key is not null)
                {
                    terminal.Out.WriteLine($"  {Clean(node.First().NodeName ?? node.First().NodeType ?? "")} {terminal.Paint(Tone.Faint, $"({Clean(node.First().NodeType ?? "")}, {Clean(node.Key)})")}");
                }
                foreach (var finding in node)
                {
                    Write(terminal, one, finding);
                }
            }
            terminal.Out.WriteLine();
        }
        var meant = one.Report.Suppressed.Count > 0 ? $" {one.Report.Suppressed.Count} more {(one.Report.Suppressed.Count == 1 ? "is" : "are")} meant (ha-ok)." : "";
        var stops = one.Report.Stops ? $" {one.Report.Stopping.Count} would stop a promotion." : "";
        terminal.Out.WriteLine($"{one.Source}: {one.File.Flows.Nodes.Count} nodes, {Reports.Counts(one.Report)}.{stops}{meant}");
    }

    private static void Write(Terminal terminal, Checked one, Finding finding)
    {
        var tone = finding.Severity switch { Severity.Error => Tone.Error, Severity.Warning => Tone.Warning, _ => Tone.Info };
        var place = one.PlaceOf(finding) is { From: var (line, column) } ? $"{line}:{column}" : "";
        var inCode = finding.Line is null ? "" : $", line {finding.Line}:{finding.Column} of the text";
        var where = finding.Property is null ? place : $"{place} {finding.Property}{inCode}".TrimStart();
        terminal.Out.WriteLine($"    {terminal.Paint(tone, Reports.Word(finding.Severity).PadRight(7))} {finding.Rule,-7} {Clean(finding.Reason)} {terminal.Paint(Tone.Faint, $"[{where}]")}".Replace(" []", "", StringComparison.Ordinal));
        terminal.Out.WriteLine($"                    {terminal.Paint(Tone.Faint, "→")} {Clean(finding.Cure)}");
    }

    private static string Home(Finding finding) => finding switch
    {
        { Tab: { } tab } => Clean(tab),
        { NodeId: not null } => "(global)",
        { Replica: { } replica } => $"Replica {replica}",
        _ => "(all flows)",
    };

    // Names come from flows, and flows from anywhere: they get no say over the terminal.
    internal static string Clean(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)) : text;
}
