using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;
using Pipelines.NodeRed.Rules.Suppressions;

namespace Pipelines.NodeRed.Rules;

/// <summary>All that rules may look at. What is unknown is null or empty, and rules then keep quiet about it.</summary>
/// <param name="Flows">The snapshot.</param>
public sealed record RuleContext(FlowSet Flows)
{
    /// <summary>Module name to version, as on the development instance when the snapshot was taken.</summary>
    public IReadOnlyDictionary<string, string> ModuleVersions { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What each replica of the target said; empty for a check without a target.</summary>
    public IReadOnlyList<ReplicaFacts> Replicas { get; init; } = [];

    /// <summary>The names of environment variables that the target declares, or null when it declares none at all.</summary>
    public IReadOnlySet<string>? Environment { get; init; }

    /// <summary>The secrets that the engine holds for the target.</summary>
    public CredentialsMap Credentials { get; init; } = CredentialsMap.Empty;

    public RuleSettings Settings { get; init; } = new();

    /// <summary>Whether the target is, or will be, several replicas. If not, rules about replicas are not asked. Default true.</summary>
    public bool SeveralReplicas { get; init; } = true;

    /// <summary>What of the flows runs; read once for all rules.</summary>
    internal LiveFlows Live => field ??= new LiveFlows(Flows);
}

/// <summary>What a pipeline may set about rules.</summary>
public sealed record RuleSettings
{
    /// <summary>Lets a promotion remove nodes whose credentials a rollback could not bring back. Default false.</summary>
    public bool AllowCredentialLoss { get; init; }

    /// <summary>Further node types that hold credentials, besides Node-RED's own.</summary>
    public IReadOnlyList<string> CredentialTypes { get; init; } = [];

    /// <summary>Types of installed modules that hold none, although the engine would suspect them.</summary>
    public IReadOnlyList<string> CredentialFreeTypes { get; init; } = [];

    /// <summary>Rule id to what its findings count as. A rule that is off is not asked.</summary>
    public IReadOnlyDictionary<string, RuleLevel> Levels { get; init; } = new Dictionary<string, RuleLevel>(StringComparer.Ordinal);

    /// <summary>Findings that are meant, as the pipeline's file says; those in the info text of nodes are found in the flows.</summary>
    public IReadOnlyList<Suppression> Suppressions { get; init; } = [];
}

/// <summary>What the findings of a rule count as.</summary>
public enum RuleLevel
{
    Off,
    Info,
    Warning,
    Error,
}
