using Pipelines.NodeRed.Flows;

namespace Pipelines.Testing;

/// <summary>How a fake is set up; the defaults are a bare, headless Node-RED 4.1 with a token.</summary>
public sealed class FakeNodeRedOptions
{
    public string Version { get; set; } = "4.1.15";

    /// <summary>The static token, or null for an admin API without a lock.</summary>
    public string? Token { get; set; } = "fake-token";

    /// <summary>For <c>/auth/token</c>: user to password.</summary>
    public Dictionary<string, string> Users { get; } = new(StringComparer.Ordinal);

    /// <summary>What it holds at the start, as JSON text.</summary>
    public string Flows { get; set; } = "[]";

    /// <summary>As in <c>settings.js</c>: "5mb".</summary>
    public string ApiMaxLength { get; set; } = "5mb";

    /// <summary>In bytes.</summary>
    public long MaxLength { get; set; } = 5L * 1024 * 1024;

    public bool Diagnostics { get; set; } = true;

    public string State { get; set; } = "start";

    /// <summary>Installed besides Node-RED's own.</summary>
    public List<FakeModule> Modules { get; } = [];

    /// <summary>npm modules that functions can load.</summary>
    public HashSet<string> NpmModules { get; } = new(StringComparer.Ordinal);

    /// <summary>Flows that are stored and never run, as when a type is missing.</summary>
    public Func<FlowSet, bool>? NeverRuns { get; set; }

    /// <summary>Flows that kill the process, every time they start.</summary>
    public Func<FlowSet, bool>? Kills { get; set; }

    /// <summary>How long they take to.</summary>
    public TimeSpan KillsAfter { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How soon the process is started again, with what it had stored; null is never.</summary>
    public TimeSpan? RevivesAfter { get; set; }
}

public sealed record FakeModule(string Module, string Version, IReadOnlyList<string> Types, bool Enabled = true, string? Error = null);
