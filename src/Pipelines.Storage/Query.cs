using System.Collections.Concurrent;
using System.Reflection;

namespace Pipelines.Storage;

/// <summary>The queries under <c>sql/queries</c>, by folder and name: <c>Query.Load("promotions/insert")</c>.</summary>
internal static class Query
{
    private const string Prefix = "queries/";
    private const string Suffix = ".sql";

    private static readonly Assembly Here = typeof(Query).Assembly;
    private static readonly ConcurrentDictionary<string, string> Loaded = new(StringComparer.Ordinal);

    /// <summary>Every query's name, for the test that prepares them all.</summary>
    public static IEnumerable<string> Names { get; } =
        [.. Here.GetManifestResourceNames()
            .Select(Normal)
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal)];

    public static string Load(string name) => Loaded.GetOrAdd(name, static wanted =>
        Resource(Prefix + wanted + Suffix)
        ?? throw new InvalidOperationException($"No query sql/queries/{wanted}.sql. There are: {string.Join(", ", Names)}."));

    /// <summary>The sentence on a query's first line: why it exists. Errors are told with it.</summary>
    public static string WhyOf(string sql)
    {
        var end = sql.IndexOf('\n', StringComparison.Ordinal);
        var first = end < 0 ? sql : sql[..end];
        return first.StartsWith("--", StringComparison.Ordinal) ? first[2..].Trim() : first.Trim();
    }

    internal static IEnumerable<(string Name, string Text)> Migrations() =>
        Here.GetManifestResourceNames()
            .Select(Normal)
            .Where(name => name.StartsWith("migrations/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (Path.GetFileNameWithoutExtension(name), Resource(name)!));

    private static string? Resource(string name)
    {
        var actual = Array.Find(Here.GetManifestResourceNames(), candidate => Normal(candidate) == name);
        if (actual is null)
        {
            return null;
        }

        using var reader = new StreamReader(Here.GetManifestResourceStream(actual)!);
        // A checkout may have changed the line ends; checksums and first lines must not depend on that.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string Normal(string resource) => resource.Replace('\\', '/');
}
