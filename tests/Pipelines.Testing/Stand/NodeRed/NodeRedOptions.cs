namespace Pipelines.Testing.Stand.NodeRed;

public sealed record NodeRedOptions(string Name)
{
    /// <summary>True: an editor, as on a development instance. False: a replica of an HA instance, which has none.</summary>
    public bool Development { get; init; }

    /// <summary>0 takes a free one, which is kept over restarts.</summary>
    public int Port { get; init; }

    /// <summary>The flows it starts with, as JSON.</summary>
    public string Flows { get; init; } = "[]";

    /// <summary>Must begin with a slash.</summary>
    public string AdminRoot { get; init; } = "/admin";

    /// <summary>The static bearer token of the admin API, with all permissions.</summary>
    public string Token { get; init; } = "stand-token";

    /// <summary>A user besides the token, for /auth/token.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>Of <see cref="User"/>, as Node-RED writes them: "*", "read", "flows.read".</summary>
    public string Permissions { get; init; } = "*";

    public string CredentialSecret { get; init; } = "stand-credential-secret";

    /// <summary>Starts the process again when it dies, as a container platform does.</summary>
    public bool Supervised { get; init; }

    /// <summary>What the supervisor waits before it starts the process again.</summary>
    public TimeSpan RestartDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Allows POST /flows/state.</summary>
    public bool RuntimeState { get; init; }

    /// <summary>Its storage saves no flows before <see cref="NodeRedProcess.LetStorageSave"/>, and its log tells of each request to the admin API.</summary>
    public bool StorageWaits { get; init; }

    public TimeSpan? NodeCloseTimeout { get; init; }

    /// <summary>As Node-RED writes it: "5mb".</summary>
    public string? ApiMaxLength { get; init; }

    /// <summary>Megabytes of old heap; more for flows of thousands of nodes.</summary>
    public int MaxOldSpace { get; init; } = 192;

    /// <summary>Seen by flows as environment variables.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();
}
