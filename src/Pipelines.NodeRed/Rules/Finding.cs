namespace Pipelines.NodeRed.Rules;

public enum Severity
{
    /// <summary>Good to know.</summary>
    Info,

    /// <summary>May go wrong.</summary>
    Warning,

    /// <summary>Goes wrong.</summary>
    Error,
}

/// <summary>What a rule says about flows, or about a replica that is to run them.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Severity">The finding's own; some rules know milder cases.</param>
/// <param name="Reason">A sentence that names the thing.</param>
/// <param name="Cure">A sentence that says what to do.</param>
public sealed record Finding(string Rule, Severity Severity, string Reason, string Cure)
{
    /// <summary>The replica it is about, or null when it is about the flows wherever they run.</summary>
    public string? Replica { get; init; }

    public string? NodeId { get; init; }

    public string? NodeName { get; init; }

    public string? NodeType { get; init; }

    /// <summary>The label of the tab, or the name of the subflow.</summary>
    public string? Tab { get; init; }

    /// <summary>Where in the node: <c>rules[0].vt</c>.</summary>
    public string? Property { get; init; }

    /// <summary>The line inside the property's text, from 1; null when it is about the whole of it.</summary>
    public int? Line { get; init; }

    /// <summary>The column in that line, from 1.</summary>
    public int? Column { get; init; }

    public override string ToString() => $"{Rule} {Severity}: {Reason} {Cure}";
}
