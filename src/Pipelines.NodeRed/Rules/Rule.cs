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

    /// <summary>Which nodes and properties it reads.</summary>
    public abstract string LooksAt { get; }

    /// <summary>What happens when it is not heeded.</summary>
    public abstract string Why { get; }

    /// <summary>What to do.</summary>
    public abstract string Cure { get; }

    /// <summary>The family it belongs to; a <see cref="Profile"/> picks families.</summary>
    public virtual RuleFamily Family => RuleFamily.Structural;

    /// <summary>What the safe fix changes, or null when only a person can decide.</summary>
    public virtual string? Fixes => null;

    /// <summary>Rules that are read together with this one.</summary>
    public virtual IReadOnlyList<string> Related => [];

    /// <summary>An author may say that a finding is meant; never of what would keep a replica from running.</summary>
    public virtual bool Suppressible => Family != RuleFamily.Structural;

    /// <summary>Every finding, never only the first.</summary>
    public abstract IEnumerable<Finding> Check(RuleContext context);

    /// <summary>The changes that cure a finding; none where it is not safe.</summary>
    public virtual IReadOnlyList<FlowEdit> Fix(FixContext context, Finding finding) => [];

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

    /// <summary>Whether suppressions are well written, and needed.</summary>
    Suppression,
}
