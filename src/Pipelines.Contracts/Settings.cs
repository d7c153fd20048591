namespace Pipelines.Contracts;

/// <summary>How often a thing is tried and how long the pauses are: they double from <see cref="FirstDelay"/> to <see cref="MaxDelay"/>, with jitter.</summary>
public sealed record RetrySettings
{
    /// <summary>Tries in all, the first one included.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The pause before the second try.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>No pause is longer than this.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>The settings of a stage <c>snapshot</c>: whose flows are taken.</summary>
public sealed record SnapshotSettings
{
    /// <summary>The instance whose flows are taken, by its name in <c>instances.yaml</c>.</summary>
    public required string From { get; init; }

    /// <summary>Tries at an instance that does not answer, is still booting or answers oddly.</summary>
    public RetrySettings Retries { get; init; } = new();

    /// <summary>When the stage has not ended by then, it fails with the last error.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>From which severity on a finding stops the promotion.</summary>
public enum StopAt
{
    Error,
    Warning,
    Info,
}

/// <summary>What the findings of one rule count as.</summary>
public enum FindingLevel
{
    /// <summary>The rule is not asked.</summary>
    Off,
    Info,
    Warning,
    Error,
}

/// <summary>Findings that are meant.</summary>
public sealed record SuppressionSettings
{
    /// <summary>The rule, such as <c>HA010</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>Why its findings are meant. It is shown with them.</summary>
    public required string Reason { get; init; }

    /// <summary>The id of the node, tab, group or subflow that is meant; when absent, all flows.</summary>
    public string? Node { get; init; }
}

/// <summary>The settings of a stage <c>validate</c>: what the snapshot must pass before any replica is touched.</summary>
public sealed record ValidateSettings
{
    /// <summary>
    /// The rules that are asked: <c>structural</c> is what every Node-RED needs, <c>ha</c> also what several replicas need, and with
    /// <c>strict</c> warnings stop as well. A target with one replica is not asked about several.
    /// </summary>
    public string Profile { get; init; } = "ha";

    /// <summary>From which severity on a finding stops the promotion; when absent, the profile says.</summary>
    public StopAt? StopAt { get; init; }

    /// <summary>What the findings of single rules count as, by the rule's id: <c>HA031: error</c>.</summary>
    public IReadOnlyDictionary<string, FindingLevel> Rules { get; init; } = new Dictionary<string, FindingLevel>(StringComparer.Ordinal);

    /// <summary>Findings that are meant, each with its reason. One that suppresses nothing is itself a finding.</summary>
    public IReadOnlyList<SuppressionSettings> Suppressions { get; init; } = [];

    /// <summary>The HA instances whose replicas are asked; when empty, every instance that this pipeline rolls out to.</summary>
    public IReadOnlyList<string> Against { get; init; } = [];

    /// <summary>Tries at a replica that does not answer.</summary>
    public RetrySettings Retries { get; init; } = new();

    /// <summary>When the stage has not ended by then, it fails with the last error.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>What Node-RED restarts when it takes new flows.</summary>
public enum DeployType
{
    /// <summary>Everything is stopped and started.</summary>
    Full,

    /// <summary>Only the tabs that changed.</summary>
    Flows,

    /// <summary>Only the nodes that changed.</summary>
    Nodes,
}

/// <summary>What happens when a replica cannot be brought to the snapshot.</summary>
public enum OnFailure
{
    /// <summary>Every touched replica gets back what it ran before, last touched first.</summary>
    Restore,

    /// <summary>Nothing more is touched; the promotion needs attention until somebody says retry or abort.</summary>
    Hold,
}

/// <summary>A question over HTTP that a replica must answer rightly before it counts as verified.</summary>
public sealed record HttpCheck
{
    /// <summary>The path below the replica's URL for its own flows, with a leading slash.</summary>
    public required string Path { get; init; }

    /// <summary>The status that is expected.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Text that the body must contain.</summary>
    public string? BodyContains { get; init; }

    /// <summary>An RFC 6901 JSON pointer into the body, such as <c>/version</c>; goes with <see cref="JsonEquals"/>.</summary>
    public string? JsonPointer { get; init; }

    /// <summary>The text of the value that <see cref="JsonPointer"/> must point to.</summary>
    public string? JsonEquals { get; init; }

    /// <summary>A check that is not answered by then has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>How a replica is proved to run the snapshot after it took it.</summary>
public sealed record VerificationSettings
{
    /// <summary>How long after a deploy the flows may need until they run and the checks pass.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>At most so many nodes are probed on each replica: the last of every tab, every <c>http in</c> and every config node, in this order.</summary>
    public int ProbeSample { get; init; } = 1000;

    /// <summary>Questions over HTTP to each replica; all must pass.</summary>
    public IReadOnlyList<HttpCheck> Checks { get; init; } = [];
}

/// <summary>How long a replica is watched after it was verified.</summary>
public sealed record SoakSettings
{
    /// <summary>How long; zero means not at all.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is asked meanwhile. A supervised process that died is back within half a second: ask more often than that.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>Until when each part of a rollout must have ended. They must grow from the first to the last.</summary>
public sealed record RolloutDeadlines
{
    /// <summary>One answer of one replica; longer than the instance's time-out for a deploy (30 s) and the start time-out (30 s) together.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>One wave, its soak included.</summary>
    public TimeSpan Wave { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The rollout from its first wave to its last.</summary>
    public TimeSpan Stage { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>How long the rollout waits for its turn when another promotion holds the target.</summary>
    public TimeSpan Turn { get; init; } = TimeSpan.FromMinutes(60);
}

/// <summary>The settings of a stage <c>rollout</c>: how a snapshot is brought to every replica of a target.</summary>
public sealed record RolloutSettings
{
    /// <summary>The HA instance, by its name in <c>instances.yaml</c>.</summary>
    public required string To { get; init; }

    /// <summary>
    /// How many replicas each wave takes: a number, a percentage of all replicas (<c>25%</c>, rounded down, at least one), or <c>rest</c> as the last.
    /// The last size repeats until every replica is done.
    /// </summary>
    public IReadOnlyList<string> Waves { get; init; } = ["1"];

    /// <summary>At most so many replicas are out of service because of the rollout (I4): a number or a percentage. No wave may be larger.</summary>
    public string MaxUnavailable { get; init; } = "1";

    /// <summary>What Node-RED restarts when it takes the flows.</summary>
    public DeployType DeployType { get; init; } = DeployType.Full;

    /// <summary>How a replica is proved to run the snapshot.</summary>
    public VerificationSettings Verification { get; init; } = new();

    /// <summary>How long a replica is watched after it was verified.</summary>
    public SoakSettings Soak { get; init; } = new();

    /// <summary>Tries at one replica that stays silent while it is deployed.</summary>
    public RetrySettings Retries { get; init; } = new();

    /// <summary>Tries at one replica that must get back what it ran before.</summary>
    public RetrySettings RestoreRetries { get; init; } = new() { Attempts = 20, FirstDelay = TimeSpan.FromMilliseconds(250), MaxDelay = TimeSpan.FromSeconds(10) };

    /// <summary>Until when each part must have ended.</summary>
    public RolloutDeadlines Deadlines { get; init; } = new();

    /// <summary>What happens when a replica cannot be brought to the snapshot.</summary>
    public OnFailure OnFailure { get; init; } = OnFailure.Restore;

    /// <summary>How often a rollout that needs attention tries again, by itself, to restore what it could not.</summary>
    public TimeSpan AttentionInterval { get; init; } = TimeSpan.FromMinutes(1);
}
