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
        yield return $"max_connections={MaxConnections}";
        if (Durable)
        {
            yield break;
        }

        // Not synchronous_commit=off: it would lose commits when the server is killed, which is what fault tests do. Without fsync it costs little.
        yield return "fsync=off";
        yield return "full_page_writes=off";
    }
}
