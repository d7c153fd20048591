using DiffPlex;
using DiffPlex.Chunkers;

namespace Pipelines.NodeRed.Diff;

/// <param name="Before">The line's number in the old text, from 1; null when it is new.</param>
/// <param name="After">The line's number in the new text, from 1; null when it is gone.</param>
public sealed record LineChange(int? Before, int? After, string Text)
{
    private const int Around = 2;

    // Comparing takes lines times differences; beyond this a text was made by a machine and nobody reads its diff.
    private const int MaxLines = 5_000;

    /// <summary>The lines that changed, with two around them.</summary>
    internal static IReadOnlyList<LineChange> Between(string before, string after)
    {
        var (was, now) = (before.ReplaceLineEndings("\n").Split('\n'), after.ReplaceLineEndings("\n").Split('\n'));
        return was.Length + now.Length > MaxLines
            ? [.. was.Select((line, i) => new LineChange(i + 1, null, line)), .. now.Select((line, i) => new LineChange(null, i + 1, line))]
            : Near(All(was, now));
    }

    private static List<LineChange> All(string[] was, string[] now)
    {
        var lines = new List<LineChange>();
        var (a, b) = (0, 0);
        foreach (var block in Differ.Instance.CreateDiffs(string.Join('\n', was), string.Join('\n', now), false, false, LineChunker.Instance).DiffBlocks)
        {
            for (; a < block.DeleteStartA; a++, b++)
            {
                lines.Add(new LineChange(a + 1, b + 1, was[a]));
            }
            for (var end = a + block.DeleteCountA; a < end; a++)
            {
                lines.Add(new LineChange(a + 1, null, was[a]));
            }
            for (var end = b + block.InsertCountB; b < end; b++)
            {
                lines.Add(new LineChange(null, b + 1, now[b]));
            }
        }
        for (; a < was.Length && b < now.Length; a++, b++)
        {
            lines.Add(new LineChange(a + 1, b + 1, was[a]));
        }
        return lines;
    }

    private static List<LineChange> Near(List<LineChange> lines)
    {
        var shown = new bool[lines.Count];
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Before is null || lines[i].After is null)
            {
                Array.Fill(shown, true, Math.Max(0, i - Around), Math.Min(lines.Count, i + Around + 1) - Math.Max(0, i - Around));
            }
        }
        return [.. lines.Where((_, i) => shown[i])];
    }
}
