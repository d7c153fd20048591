namespace Pipelines.NodeRed.Rules.Suppressions;

/// <summary>An author's word that a finding is meant.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Reason">Why it is meant; without one it does not count.</param>
/// <param name="Node">The id of the node, tab or subflow that it covers; null covers all flows.</param>
public sealed record Suppression(string Rule, string Reason, string? Node = null)
{
    /// <summary>It stands in the info text of <see cref="Node"/>, not in the pipeline's file.</summary>
    public bool InFlows { get; init; }

    /// <summary>The line of the info text, from 1.</summary>
    public int? Line { get; init; }
}
