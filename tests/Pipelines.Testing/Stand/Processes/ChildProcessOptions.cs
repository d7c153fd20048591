namespace Pipelines.Testing.Stand.Processes;

public sealed record ChildProcessOptions(string Name, string Program, params string[] Arguments)
{
    /// <summary>Added to this process's own environment; null removes.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public string? WorkingDirectory { get; init; }

    /// <summary>Everything that it writes is appended here too.</summary>
    public string? LogFile { get; init; }

    /// <summary>Shared by the lives of one process that is started again and again.</summary>
    public LogBuffer? Log { get; init; }

    /// <summary>Time between the polite signal and the other one.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Removed when this process dies without disposing the child.</summary>
    public string? FolderToRemoveWithParent { get; init; }
}
