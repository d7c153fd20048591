using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

/// <summary>One thing that can be wrong with flows. A rule that is not in the <see cref="RuleBook"/> does not exist.</summary>
public abstract class Rule
{
    /// <summary>"NR001"; it never changes and is never used again.</summary>
    public abstract string Id { get; }

    /// <summary>A few words.</summary>
    public abstract string Title { get; }

    /// <summary>Of the plain case.</summary>
    public abstract Severity Severity { get; }

    /// <summary>What happens when it is not heeded.</summary>
    public abstract string Why { get; }

    /// <summary>What to do.</summary>
    public abstract string Cure { get; }

    /// <summary>The family it belongs to; a <see cref="Profile"/> picks families.</summary>
    public virtual RuleFamily Family => RuleFamily.Structural;

    /// <summary>Every finding, never only the first.</summary>
    public abstract IEnumerable<Finding> Check(RuleContext context);

    protected Finding About(string reason, Severity? severity = null, string? replica = null) =>
        new(Id, severity ?? Severity, reason, Cure) { Replica = replica };

    protected Finding AboutNode(FlowSet flows, FlowNode node, string reason, Severity? severity = null, string? replica = null, string? property = null)
    {
        ArgumentNullException.ThrowIfNull(flows);
        ArgumentNullException.ThrowIfNull(node);
        return About(reason, severity, replica) with
        {
            NodeId = node.Id,
            NodeName = node.Name.Length > 0 ? node.Name : null,
            NodeType = node.Type,
            Tab = flows.TabLabel(node) is { Length: > 0 } tab ? tab : null,
            Property = property,
        };
    }
}

public enum RuleFamily
{
    /// <summary>Whether the flows can be brought onto the replicas, and run there.</summary>
    Structural,

    /// <summary>Whether they can run on several replicas at once.</summary>
    HighAvailability,
}
