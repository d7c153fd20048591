using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Diff;

/// <summary>What a promotion would change on a target: once for all replicas that run the same, and apart for those that do not.</summary>
/// <param name="Groups">Those that run the same, the largest group first.</param>
public sealed record TargetDiff(IReadOnlyList<ReplicaGroup> Groups)
{
    /// <summary>The replicas differ from one another already, before the promotion.</summary>
    public bool ReplicasDiffer => Groups.Count > 1;

    /// <summary>The sentence about it, or null when all run the same.</summary>
    public string? Warning => ReplicasDiffer
        ? $"The replicas differ from one another before the promotion: {string.Join("; ", Groups.Select(group => $"{string.Join(", ", group.Replicas)} {(group.Replicas.Count == 1 ? "runs" : "run")} {group.Diff.Before.Short}"))}."
        : null;

    /// <param name="snapshot">What is to be rolled out.</param>
    /// <param name="replicas">Each replica's name and what it runs now.</param>
    public static TargetDiff Of(FlowSet snapshot, IEnumerable<KeyValuePair<string, FlowSet>> replicas)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        return new TargetDiff([.. replicas
            .GroupBy(replica => replica.Value.Digest)
            .Select(same => new ReplicaGroup([.. same.Select(replica => replica.Key).Order(StringComparer.Ordinal)], FlowDiff.Between(same.First().Value, snapshot)))
            .OrderByDescending(group => group.Replicas.Count).ThenBy(group => group.Replicas[0], StringComparer.Ordinal)]);
    }
}

/// <param name="Replicas">Their names.</param>
/// <param name="Diff">From what they run to the snapshot.</param>
public sealed record ReplicaGroup(IReadOnlyList<string> Replicas, FlowDiff Diff);
