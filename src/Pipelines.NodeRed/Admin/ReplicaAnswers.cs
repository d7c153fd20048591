namespace Pipelines.NodeRed.Admin;

/// <summary>The answer to <c>GET /flows/state</c>.</summary>
public enum FlowState
{
    /// <summary>A word that this engine does not know.</summary>
    Unknown,

    /// <summary>Meant to run. Also reported when a type is missing and nothing runs.</summary>
    Start,

    /// <summary>Stopped by somebody, for good, or stopping in the middle of a deploy.</summary>
    Stop,

    /// <summary>Booted with <c>--safe</c>.</summary>
    Safe,
}

/// <summary>A module's file with the node types in it, as a replica has it installed.</summary>
public sealed record NodeSet(string Id, string Module, string Version, IReadOnlyList<string> Types, bool Enabled, string? Error)
{
    /// <summary>Node-RED can create its types.</summary>
    public bool Usable => Enabled && Error is null;
}

/// <summary>The answer to <c>GET /settings</c>.</summary>
public sealed record RuntimeSettings(string Version, string HttpNodeRoot);

/// <summary>What of <c>GET /diagnostics</c> a preflight needs; the rest of it is not read.</summary>
/// <param name="ApiMaxLength">The largest body the replica takes, in bytes.</param>
/// <param name="Modules">Module name to version.</param>
public sealed record Diagnostics(long ApiMaxLength, IReadOnlyDictionary<string, string> Modules);

/// <summary>Which of the nodes that were asked about run.</summary>
public sealed record ProbeOutcome(IReadOnlyList<string> Active, IReadOnlyList<string> Inactive);
