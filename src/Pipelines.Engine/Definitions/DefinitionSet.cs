namespace Pipelines.Engine.Definitions;

/// <summary>Pipelines and instances that were read together and fit together. It never changes; a reload makes another one.</summary>
public sealed record DefinitionSet
{
    public static DefinitionSet Empty { get; } = new()
    {
        Pipelines = new Dictionary<string, PipelineDefinition>(StringComparer.Ordinal),
        Instances = new Dictionary<string, InstanceDefinition>(StringComparer.Ordinal),
        Digest = "",
    };

    /// <summary>By name, in the order of their names.</summary>
    public required IReadOnlyDictionary<string, PipelineDefinition> Pipelines { get; init; }

    /// <summary>By name, in the order of the file.</summary>
    public required IReadOnlyDictionary<string, InstanceDefinition> Instances { get; init; }

    /// <summary>The SHA-256 over all files with their names.</summary>
    public required string Digest { get; init; }

    /// <exception cref="DefinitionException">The files have mistakes; it holds all of them.</exception>
    public static DefinitionSet Parse(IEnumerable<DefinitionFile> files) =>
        TryParse(files, out var problems) ?? throw new DefinitionException(problems);

    /// <summary>Reads the files; null when there are problems.</summary>
    public static DefinitionSet? TryParse(IEnumerable<DefinitionFile> files, out IReadOnlyList<DefinitionProblem> problems) =>
        DefinitionReader.Read([.. files], out problems);

    /// <summary>Freezes a pipeline with everything it uses, for a promotion to store and to finish on, whatever happens to the files.</summary>
    /// <exception cref="KeyNotFoundException">There is no such pipeline; the message has the nearest name.</exception>
    public PinnedDefinition Pin(string pipeline) =>
        Pipelines.TryGetValue(pipeline, out var definition)
            ? PinnedDefinition.Of(definition, Instances)
            : throw new KeyNotFoundException($"There is no pipeline '{pipeline}'.{NearestWord.Hint(pipeline, Pipelines.Keys)}");

    public override string ToString() => $"{Pipelines.Count} pipelines, {Instances.Count} instances";
}
