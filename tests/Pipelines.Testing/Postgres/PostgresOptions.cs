namespace Pipelines.Testing.Postgres;

/// <summary>How the private server is started. Ignored for a server that was given by its connection string.</summary>
public sealed record PostgresOptions
{
    /// <summary>False turns off fsync and friends: right for tests and the demo, wrong for a benchmark of commits.</summary>
    public bool Durable { get; init; }

    /// <summary>Connections the server accepts.</summary>
    public int MaxConnections { get; init; } = 300;

    internal IEnumerable<string> Settings()
    {
        var fsync = Durable ? "on" : "off";
        yield return $"max_connections={MaxConnections}";
        yield return $"fsync={fsync}";
        yield return $"full_page_writes={fsync}";
        // Without fsync it costs little, and off would lose commits when the server is killed, which is what fault tests do.
        // Each is said, and not left to its default: Testcontainers begins with all three of them off.
        yield return "synchronous_commit=on";
    }
}
