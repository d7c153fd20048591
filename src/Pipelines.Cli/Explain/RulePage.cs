using System.Text;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Cli.Explain;

/// <summary>A rule's page: the same words in the terminal, in SARIF and in a review.</summary>
internal static class RulePage
{
    public static string Markdown(Rule rule)
    {
        var page = new StringBuilder();
        page.Append($"**{rule.Id}: {rule.Title}** ({rule.Severity.ToString().ToLowerInvariant()})\n\n");
        foreach (var (name, text) in Parts(rule))
        {
            page.Append($"- {name}: {text}\n");
        }
        return page.ToString();
    }

    public static IEnumerable<(string Name, string Text)> Parts(Rule rule)
    {
        yield return ("Looks at", rule.LooksAt);
        yield return ("Why", rule.Why);
        yield return ("Cure", rule.Cure);
        if (rule.Fixes is { } fixes)
        {
            yield return ("--fix", fixes);
        }
        if (rule.Suppressible)
        {
            yield return ("When it is meant", $"write \"ha-ok: {rule.Id} and why\" into the info of the node, or of its tab.");
        }
        if (rule.Related.Count > 0)
        {
            yield return ("See also", string.Join(", ", rule.Related.Select(id => $"{id} ({RuleBook.Find(id)!.Title})")));
        }
    }
}
