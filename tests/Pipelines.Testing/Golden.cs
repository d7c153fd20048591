namespace Pipelines.Testing;

/// <summary>Compares with a file in the repository; <c>GOLDEN=accept dotnet test</c> writes it instead.</summary>
public static class Golden
{
    /// <summary>The repository's root: the nearest folder above the test assembly that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <param name="path">The file, from the root of the repository, with forward slashes.</param>
    /// <param name="actual">What it should hold.</param>
    /// <exception cref="GoldenException">The file holds something else; the message has the first line that differs.</exception>
    public static void Verify(string path, string actual)
    {
        var file = Path.Combine(Root, path);
        actual = actual.ReplaceLineEndings("\n");
        actual = actual.EndsWith('\n') ? actual : actual + "\n";
        if (Environment.GetEnvironmentVariable("GOLDEN") == "accept")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
            return;
        }

        var expected = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (expected != actual)
        {
            throw new GoldenException($"{path} is not what it should be. {Difference(expected, actual)} Accept it with GOLDEN=accept dotnet test.");
        }
    }

    /// <summary>Compares with the part of a file between <c>&lt;!-- name --&gt;</c> and <c>&lt;!-- /name --&gt;</c>; the rest is written by people.</summary>
    /// <exception cref="GoldenException">The part is another, or the markers are not there.</exception>
    public static void VerifyPart(string path, string name, string actual)
    {
        var (begin, end) = ($"<!-- {name} -->", $"<!-- /{name} -->");
        var file = Path.Combine(Root, path);
        var text = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal), text.IndexOf(end, StringComparison.Ordinal));
        if (from < 0 || to < from)
        {
            throw new GoldenException($"{path} has no part between {begin} and {end}. Write both where it belongs.");
        }

        Verify(path, $"{text[..from]}{begin}\n{actual}\n{text[to..]}");
    }

    private static string Difference(string expected, string actual)
    {
        var (was, now) = (expected.Split('\n'), actual.Split('\n'));
        var line = Enumerable.Range(0, Math.Max(was.Length, now.Length)).First(i => was.ElementAtOrDefault(i) != now.ElementAtOrDefault(i));
        return $"Line {line + 1}:\n- {was.ElementAtOrDefault(line)}\n+ {now.ElementAtOrDefault(line)}\n";
    }

    private static string FindRoot()
    {
        // Deterministic builds map source paths, so the assembly's folder is what can be trusted.
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipelines.sln")))
            {
                return folder.FullName;
            }
        }

        throw new GoldenException($"No Pipelines.sln above {AppContext.BaseDirectory}.");
    }
}

/// <summary>A golden file differs.</summary>
public sealed class GoldenException(string message) : Exception(message);
