namespace Pipelines.Engine.Definitions;

/// <summary>Finds the word that was meant: the known one that is the fewest slips of the finger away (Damerau and Levenshtein).</summary>
public static class NearestWord
{
    /// <summary>" Did you mean 'x'?", or nothing when no known word is near.</summary>
    public static string Hint(string word, IEnumerable<string> known) => Of(word, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    /// <summary>The hint, or all known words when none is near and they are few.</summary>
    public static string HintOrAll(string word, IReadOnlyCollection<string> known) =>
        Of(word, known) is { } nearest ? $" Did you mean '{nearest}'?"
        : known.Count is > 0 and <= 16 ? $" Known here: {string.Join(", ", known)}."
        : "";

    public static string? Of(string word, IEnumerable<string> known)
    {
        string? best = null;
        // A third of the letters may be wrong; beyond that a guess misleads.
        var limit = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in known)
        {
            if (Math.Abs(candidate.Length - word.Length) < limit && Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant()) is var distance && distance < limit)
            {
                (best, limit) = (candidate, distance);
            }
        }

        return best;
    }

    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
