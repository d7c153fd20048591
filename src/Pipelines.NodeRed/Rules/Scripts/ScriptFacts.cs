namespace Pipelines.NodeRed.Rules.Scripts;

/// <summary>What a piece of function code does that a rule may care about. Lines and columns count from 1, columns in UTF-16 units as editors do.</summary>
internal sealed record ScriptFacts
{
    public static ScriptFacts None { get; } = new();

    public IReadOnlyList<ScriptContextCall> ContextCalls { get; init; } = [];

    /// <summary>Where a loop is started that goes on by itself.</summary>
    public IReadOnlyList<ScriptLoop> Loops { get; init; } = [];

    public IReadOnlyList<ScriptEnvironmentRead> EnvironmentReads { get; init; } = [];

    /// <summary>The code answers a request itself, through <c>msg.res</c>.</summary>
    public bool Responds { get; init; }

    /// <summary>Why it cannot be read, and where; null when it can.</summary>
    public ScriptTrouble? Trouble { get; init; }
}

internal enum ContextScope
{
    Node,
    Flow,
    Global,
}

internal enum ContextVerb
{
    Get,
    Set,
    Keys,
}

/// <param name="Key">The first part of the key, or null when it is made at run time.</param>
/// <param name="Store">The named store, when there is one.</param>
/// <param name="KeepsRequest">The value holds <c>msg.res</c>, or a whole message.</param>
internal sealed record ScriptContextCall(ContextScope Scope, ContextVerb Verb, string? Key, string? Store, bool KeepsRequest, int Line, int Column);

internal sealed record ScriptLoop(string What, int Line, int Column);

internal sealed record ScriptEnvironmentRead(string Name, int Line, int Column);

internal sealed record ScriptTrouble(string Reason, int Line, int Column);
