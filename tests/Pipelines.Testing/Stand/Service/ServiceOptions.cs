namespace Pipelines.Testing.Stand.Service;

/// <summary>What the service is started with; each becomes an environment variable of its process.</summary>
public sealed record ServiceOptions(string ConnectionString)
{
    public string Name { get; init; } = "Pipelines.Service";

    /// <summary>The folder with the pipelines' definitions.</summary>
    public string? Definitions { get; init; }

    /// <summary>Null runs on the in-memory transport.</summary>
    public Uri? RabbitMq { get; init; }

    public string AdminToken { get; init; } = "stand-admin-token";

    /// <summary>0 takes a free one, which is kept over restarts.</summary>
    public int Port { get; init; }

    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Further configuration, in the environment's form (<c>Pipelines__Some__Key</c>).</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();
}
