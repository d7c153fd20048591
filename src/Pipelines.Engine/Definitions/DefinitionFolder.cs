namespace Pipelines.Engine.Definitions;

/// <summary>The folder of definitions on disk.</summary>
internal static class DefinitionFolder
{
    /// <summary>The YAML files in it, by name. Files that begin with a dot belong to editors and to Kubernetes.</summary>
    /// <exception cref="IOException">The folder or a file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or a file may not be read.</exception>
    public static IReadOnlyList<DefinitionFile> Read(string folder) =>
        [.. Directory.EnumerateFiles(folder)
            .Where(x => Path.GetExtension(x) is ".yaml" or ".yml" && !Path.GetFileName(x).StartsWith('.'))
            .Order(StringComparer.Ordinal)
            .Select(x => new DefinitionFile(Path.GetFileName(x), File.ReadAllBytes(x)))];
}
