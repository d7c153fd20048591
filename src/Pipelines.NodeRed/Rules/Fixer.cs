using System.Text;
using System.Text.Json;
using Pipelines.NodeRed.Diff;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

/// <summary>
/// Writes safe fixes into a file: each changes the bytes of one value, everything else stays as it is. What comes out is read again and
/// must differ by what was meant and by nothing else.
/// </summary>
public static class Fixer
{
    private const int MaxRounds = 3;

    /// <summary>The file with every safe fix in it, or null when there is nothing to fix.</summary>
    /// <exception cref="InvalidOperationException">The fixed flows are not what was meant; nothing was written.</exception>
    public static FixedFile? Fix(FlowFile file, Func<FlowSet, RuleContext> contextOf, Profile profile, string? group)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(contextOf);
        var (now, fixedFindings) = (file, new List<Finding>());
        // A cure can make room for another finding (a fixed topic for "no local"), so it is asked again.
        for (var round = 0; round < MaxRounds; round++)
        {
            var context = contextOf(now.Flows);
            var edits = new Dictionary<(string, string), FlowEdit>();
            // Of two nodes with one id nobody knows which is meant.
            var single = now.Flows.Nodes.CountBy(node => node.Id, StringComparer.Ordinal).Where(id => id.Value == 1).Select(id => id.Key).ToHashSet(StringComparer.Ordinal);
            foreach (var finding in RuleBook.Check(context, profile).Findings)
            {
                var wanted = RuleBook.Find(finding.Rule)!.Fix(new FixContext(context, group), finding);
                if (wanted.Count > 0 && wanted.All(edit => single.Contains(edit.NodeId) && (!edits.TryGetValue((edit.NodeId, edit.Property), out var other) || other == edit)))
                {
                    fixedFindings.Add(finding);
                    foreach (var edit in wanted)
                    {
                        edits[(edit.NodeId, edit.Property)] = edit;
                    }
                }
            }
            if (edits.Count == 0)
            {
                break;
            }
            now = Proven(now, Apply(now, edits.Values), edits);
        }
        return ReferenceEquals(now, file) ? null : new FixedFile(now, FlowDiff.Between(file.Flows, now.Flows), fixedFindings);
    }

    private static byte[] Apply(FlowFile file, IEnumerable<FlowEdit> edits)
    {
        var splices = new List<(int Start, int End, string Text)>();
        foreach (var edit in edits)
        {
            var node = file.Flows.Find(edit.NodeId)!;
            var (start, _) = file.Places.Of(node);
            splices.Add(file.Places.Of(node, edit.Property) is { } value
                ? (value.Start, value.End, edit.Json)
                : (start + 1, start + 1, $"{JsonSerializer.Serialize(edit.Property)}:{edit.Json},"));
        }
        using var written = new MemoryStream(file.Content.Length + 256);
        var at = 0;
        foreach (var (start, end, text) in splices.OrderBy(splice => splice.Start))
        {
            written.Write(file.Content.Span[at..start]);
            written.Write(Encoding.UTF8.GetBytes(text));
            at = end;
        }
        written.Write(file.Content.Span[at..]);
        return written.ToArray();
    }

    private static FlowFile Proven(FlowFile before, byte[] bytes, Dictionary<(string Node, string Property), FlowEdit> meant)
    {
        var after = FlowFile.Read(bytes) is FlowFileAnswer.Read read
            ? read.File
            : throw new InvalidOperationException("The fixed file could not be read again, so nothing was written.");
        foreach (var change in FlowDiff.Between(before.Flows, after.Flows).Changes)
        {
            var unmeant = change.Kind != ChangeKind.Changed
                || change.Properties.Any(property => !meant.ContainsKey((change.NodeId, property.Path)))
                || (change.Wires.Count > 0 && !meant.ContainsKey((change.NodeId, "wires")));
            if (unmeant)
            {
                throw new InvalidOperationException($"The fix would have changed more of {change.NodeId} than was meant, so nothing was written.");
            }
        }
        return after;
    }
}

/// <param name="File">The file with the fixes.</param>
/// <param name="Diff">What the fixes change.</param>
/// <param name="Findings">What they cure.</param>
public sealed record FixedFile(FlowFile File, FlowDiff Diff, IReadOnlyList<Finding> Findings);
