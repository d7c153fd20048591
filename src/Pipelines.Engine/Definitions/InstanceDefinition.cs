using System.Text.Json.Serialization;
using Pipelines.Engine.Definitions.Binding;
using Pipelines.Engine.Definitions.Secrets;

namespace Pipelines.Engine.Definitions;

/// <summary>A Node-RED as people name it: a development one with an <see cref="Admin"/> URL, or an HA one with <see cref="Replicas"/>.</summary>
public sealed record InstanceDefinition
{
    /// <summary>The name by which pipelines speak of it.</summary>
    [FromKey]
    public required string Name { get; init; }

    /// <summary>The URL of the admin API of a development instance, such as <c>http://dev:1880/admin</c>.</summary>
    public Uri? Admin { get; init; }

    /// <summary>The replicas of an HA instance, in the order in which waves take them.</summary>
    public IReadOnlyList<ReplicaDefinition> Replicas { get; init; } = [];

    /// <summary>False allows a single replica, whose every deploy is an outage.</summary>
    public bool Ha { get; init; } = true;

    /// <summary>How the admin API is entered; when absent, it is asked without credentials.</summary>
    public AccessDefinition? Access { get; init; }

    /// <summary>How long the instance may take.</summary>
    public InstanceTimeouts Timeouts { get; init; } = new();

    /// <summary>Node id, then field, then the secret: what the engine can post, and post again when a replica is restored.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, SecretReference>> Credentials { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, SecretReference>>(StringComparer.Ordinal);

    /// <summary>The names of the environment variables that are set there; when absent, nothing is assumed about them.</summary>
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>Flows are taken from it, and never rolled out to it.</summary>
    [JsonIgnore]
    public bool IsDevelopment => Admin is not null;

    /// <summary>The replica of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such replica.</exception>
    public ReplicaDefinition Replica(string name) =>
        Replicas.FirstOrDefault(x => string.Equals(x.Name, name, StringComparison.Ordinal))
        ?? throw new KeyNotFoundException($"Instance '{Name}' has no replica '{name}'.");

    /// <summary>Every secret that the instance needs, with where it is needed.</summary>
    public IEnumerable<(string Where, SecretReference Secret)> Secrets()
    {
        if (SecretReference.TryParse(Access?.User, out var user))
        {
            yield return ("access.user", user);
        }

        if (Access?.Token is { } token)
        {
            yield return ("access.token", token);
        }

        if (Access?.Password is { } password)
        {
            yield return ("access.password", password);
        }

        foreach (var (node, fields) in Credentials)
        {
            foreach (var (field, secret) in fields)
            {
                yield return ($"credentials.{node}.{field}", secret);
            }
        }
    }
}

/// <summary>One process of an HA instance.</summary>
public sealed record ReplicaDefinition
{
    /// <summary>The name of the replica within its instance.</summary>
    [FromKey]
    public required string Name { get; init; }

    /// <summary>The URL of its admin API; not the balancer's, which answers for any of them.</summary>
    public required Uri Admin { get; init; }

    /// <summary>The URL of its own HTTP endpoints, which the checks ask; when absent, scheme, host and port of <see cref="Admin"/>.</summary>
    public Uri Flows
    {
        // The binder leaves Admin null when it was written wrongly; such a replica never leaves the reader.
        get => field ?? (Admin is null ? null! : new Uri(Admin.GetLeftPart(UriPartial.Authority)));
        init;
    }
}

/// <summary>How the admin API is entered: with a token, or as a user with a password.</summary>
public sealed record AccessDefinition
{
    /// <summary>A bearer token.</summary>
    public SecretReference? Token { get; init; }

    /// <summary>The user's name, in clear or as a secret reference; goes with <see cref="Password"/>.</summary>
    public string? User { get; init; }

    /// <summary>The user's password.</summary>
    public SecretReference? Password { get; init; }
}

/// <summary>How long an instance may take.</summary>
public sealed record InstanceTimeouts
{
    /// <summary>Until the connection stands.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Until a question is answered.</summary>
    public TimeSpan Request { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Until a deploy is answered; Node-RED waits up to 15 s for nodes that do not close.</summary>
    public TimeSpan Deploy { get; init; } = TimeSpan.FromSeconds(30);
}
