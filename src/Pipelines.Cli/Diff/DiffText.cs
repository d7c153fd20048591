using Pipelines.Cli.Check;
using Pipelines.NodeRed.Diff;

namespace Pipelines.Cli.Diff;

/// <summary>A diff for a person: tabs, and below each what happened to its nodes.</summary>
internal static class DiffText
{
    private const int MaxValue = 120;

    public static void Write(Terminal terminal, FlowDiff diff)
    {
        var tab = "";
        foreach (var change in diff.Changes)
        {
            if (!change.IsContainer && change.Tab != tab)
            {
                tab = change.Tab;
                terminal.Out.WriteLine(terminal.Paint(Tone.Strong, tab.Length > 0 ? HumanReport.Clean(tab) : "(global)"));
            }
            Write(terminal, change);
        }
    }

    public static string Summary(FlowDiff diff)
    {
        if (diff.IsEmpty)
        {
            return diff.Reordered ? "The same nodes, in another order."
                : diff.Before == diff.After ? "No difference."
                : "No difference but in how it is written.";
        }
        var parts = diff.Changes.GroupBy(change => change.Kind).OrderBy(kind => kind.Key)
            .Select(kind => $"{kind.Count()} {(kind.Key == ChangeKind.Moved ? "only moved" : kind.Key.ToString().ToLowerInvariant())}");
        return $"{diff.Before.Short} → {diff.After.Short}: {string.Join(", ", parts)}{(diff.Reordered ? "; the order changed too" : "")}.";
    }

    private static void Write(Terminal terminal, NodeChange change)
    {
        var (sign, tone) = change.Kind switch
        {
            ChangeKind.Added => ("+", Tone.Added),
            ChangeKind.Removed => ("-", Tone.Removed),
            ChangeKind.Moved => (">", Tone.Faint),
            _ => ("~", Tone.Warning),
        };
        var indent = change.IsContainer ? "" : "  ";
        var name = HumanReport.Clean(change.Name.Length > 0 ? $"{change.NodeType} '{change.Name}'" : change.NodeType);
        var from = change.TabBefore is { } tab ? $", from '{HumanReport.Clean(tab)}'" : "";
        var moved = change.Kind == ChangeKind.Moved ? ", moved only" : "";
        terminal.Out.WriteLine($"{indent}{terminal.Paint(tone, sign)} {name} {terminal.Paint(Tone.Faint, $"({HumanReport.Clean(change.NodeId)})")}{from}{moved}");
        if (change.Kind == ChangeKind.Moved)
        {
            return;
        }
        foreach (var property in change.Properties.Where(property => property.Path is not ("x" or "y" or "z")))
        {
            Write(terminal, property, indent);
        }
        foreach (var wire in change.Wires)
        {
            terminal.Out.WriteLine($"{indent}    {terminal.Paint(wire.Added ? Tone.Added : Tone.Removed, wire.Added ? "+" : "-")} wire from output {wire.Output} to '{HumanReport.Clean(wire.TargetName)}' ({HumanReport.Clean(wire.Target)})");
        }
    }

    private static void Write(Terminal terminal, PropertyChange property, string indent)
    {
        if (property.Lines is not { } lines)
        {
            terminal.Out.WriteLine($"{indent}    {HumanReport.Clean(property.Path)}: {Value(property.Before)} → {Value(property.After)}");
            return;
        }
        terminal.Out.WriteLine($"{indent}    {HumanReport.Clean(property.Path)}:");
        var last = 0;
        foreach (var line in lines)
        {
            var number = line.After ?? line.Before ?? 0;
            if (number > last + 1 && last > 0)
            {
                terminal.Out.WriteLine($"{indent}      {terminal.Paint(Tone.Faint, "…")}");
            }
            last = number;
            var text = HumanReport.Clean(line.Text);
            terminal.Out.WriteLine($"{indent}      {number,4} " + (line switch
            {
                { Before: null } => terminal.Paint(Tone.Added, $"+ {text}"),
                { After: null } => terminal.Paint(Tone.Removed, $"- {text}"),
                _ => $"  {text}",
            }));
        }
    }

    private static string Value(string? json) => json switch
    {
        null => "(nothing)",
        { Length: > MaxValue } => $"{HumanReport.Clean(json[..MaxValue])}… ({json.Length} characters)",
        _ => HumanReport.Clean(json),
    };
}
