namespace Pipelines.NodeRed.Flows;

/// <summary>
/// The nodes to ask a replica about (<c>GET /context/node/&lt;id&gt;</c>) to learn whether flows truly run: a deploy is
/// answered with 200 and the new revision also when nothing starts.
/// </summary>
public sealed record ProbeSample(IReadOnlyList<string> Ids)
{
    /// <summary>Enough to see a start fail on any tab; each costs a replica about half a millisecond.</summary>
    public const int DefaultMax = 32;

    /// <summary>
    /// The last running node of every tab (Node-RED starts in order, so the last one is the late one), then the http inputs, then the
    /// config nodes, at most <paramref name="max"/>. Left out are nodes that were not active on the development instance either,
    /// because their constructor throws: they prove nothing.
    /// </summary>
    public static ProbeSample Of(FlowSet flows, int max = DefaultMax, IReadOnlySet<string>? knownInactive = null)
    {
        ArgumentNullException.ThrowIfNull(flows);
        var running = flows.Running.Where(node => knownInactive?.Contains(node.Id) != true).ToList();
        // The last tab first: when the sample is cut, the latest starters stay in it.
        var lastOfTabs = running.Where(node => !node.IsConfig).GroupBy(node => node.Z, StringComparer.Ordinal).Reverse().Select(tab => tab.Last());
        var inputs = running.Where(node => node.Type == "http in");
        var configs = running.Where(node => node.IsConfig);
        return new ProbeSample([.. lastOfTabs.Concat(inputs).Concat(configs).Select(node => node.Id).Distinct(StringComparer.Ordinal).Take(max)]);
    }
}
