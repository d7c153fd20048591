using System.Text.RegularExpressions;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules.Suppressions;

/// <summary>Reads <c>ha-ok: HA001 every replica needs its own copy</c> from info texts.</summary>
internal static partial class SuppressionReader
{
    public static IEnumerable<Suppression> In(FlowSet flows)
    {
        foreach (var node in flows.Nodes)
        {
            if (node.Text("info") is not { Length: > 0 } info || !info.Contains("ha-ok", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }
            foreach (Match mark in Mark().Matches(info))
            {
                foreach (var rule in mark.Groups["rules"].Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
                {
                    yield return new Suppression(rule.ToUpperInvariant(), mark.Groups["reason"].Value.Trim(), node.Id)
                    {
                        InFlows = true,
                        Line = info.AsSpan(0, mark.Index).Count('\n') + 1,
                    };
                }
            }
        }
    }

    // Comment ends are left over where somebody writes it as <!-- … --> or /* … */.
    [GeneratedRegex(@"\bha-ok\s*:\s*(?<rules>[A-Za-z]+\d+(\s*,\s*[A-Za-z]+\d+)*)(?<reason>[^\r\n]*?)(\s*(-->|\*/))?\s*$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Mark();
}
