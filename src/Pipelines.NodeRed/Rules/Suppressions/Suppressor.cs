using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules.Suppressions;

/// <summary>Takes out what is meant, and remembers which suppressions were needed.</summary>
internal sealed class Suppressor
{
    private readonly RuleContext _context;
    private readonly ILookup<string, Suppression> _byRule;
    private readonly HashSet<Suppression> _used = [];

    public Suppressor(RuleContext context)
    {
        _context = context;
        All = [.. context.Settings.Suppressions, .. SuppressionReader.In(context.Flows)];
        _byRule = All.Where(Counts).ToLookup(suppression => suppression.Rule, StringComparer.Ordinal);
    }

    public IReadOnlyList<Suppression> All { get; }

    public bool WasUsed(Suppression suppression) => _used.Contains(suppression);

    /// <summary>The suppression that covers the finding, or null.</summary>
    public Suppression? Of(Finding finding)
    {
        Suppression? found = null;
        foreach (var suppression in _byRule[finding.Rule])
        {
            if (Covers(suppression, finding))
            {
                _used.Add(suppression);
                found ??= suppression;
            }
        }
        return found;
    }

    public static bool Counts(Suppression suppression) =>
        suppression.Reason.Length > 0 && RuleBook.Find(suppression.Rule) is { Suppressible: true };

    private bool Covers(Suppression suppression, Finding finding)
    {
        if (suppression.Node is not { } place)
        {
            return true;
        }
        if (finding.NodeId is not { } id)
        {
            return false;
        }
        if (id == place)
        {
            return true;
        }
        // On a tab, a subflow or a group it covers what lies in it.
        return _context.Flows.Find(place) is { IsContainer: true } container && _context.Flows.Find(id) is { } node && LiesIn(node, container);
    }

    private bool LiesIn(FlowNode node, FlowNode container)
    {
        if (!container.IsGroup)
        {
            return node.Z == container.Id;
        }
        var group = node.Text("g");
        for (var steps = 0; group is { Length: > 0 } && steps < 32; steps++)
        {
            if (group == container.Id)
            {
                return true;
            }
            group = _context.Flows.Find(group)?.Text("g");
        }
        return false;
    }
}
