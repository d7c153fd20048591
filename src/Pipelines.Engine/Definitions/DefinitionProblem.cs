namespace Pipelines.Engine.Definitions;

/// <summary>A mistake in a definition: where it is, what it is, and the cure.</summary>
public sealed record DefinitionProblem(string File, int Line, int Column, string Text)
{
    /// <summary>As compilers write it, so that editors and CI systems jump there.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Text}";
}

/// <summary>The definitions cannot be used: all their mistakes at once.</summary>
public sealed class DefinitionException(IReadOnlyList<DefinitionProblem> problems)
    : Exception($"The definitions have {Count(problems)}:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}")
{
    public IReadOnlyList<DefinitionProblem> Problems { get; } = problems;

    private static string Count(IReadOnlyList<DefinitionProblem> problems) => problems.Count == 1 ? "a mistake" : $"{problems.Count} mistakes";
}
