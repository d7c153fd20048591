using System.Text;
using NUnit.Framework;
using Pipelines.NodeRed.Rules;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Rules;

[TestFixture]
public sealed class RuleBookTests
{
    // The rule table that the book was asked for; a rule that is missing here or there is a mistake.
    private static readonly string[] Table =
    [
        "NR001", "NR002", "NR003", "NR004", "NR005", "NR010", "ENV001", "ENV002", "CRED001", "CRED002",
        "HA001", "HA002", "HA003", "HA004", "HA005", "HA006", "HA007", "HA010", "HA011", "HA012", "HA020", "HA021", "HA030", "HA031", "HA032",
        "HA040", "HA041", "HA042", "HA043", "HA044", "HA045", "HA046", "HA047", "HA050", "HA051", "HA052", "HA060", "HA061",
    ];

    [Test]
    public void Every_rule_of_the_table_is_in_the_book() => Assert.That(RuleBook.All.Select(rule => rule.Id), Is.SupersetOf(Table));

    [Test]
    public void Every_rule_says_all_that_an_author_needs() =>
        Assert.That(RuleBook.All, Has.All.Matches<Rule>(rule =>
            rule.LooksAt.EndsWith('.') && rule.Fixes?.EndsWith('.') != false && rule.Related.All(id => id != rule.Id && RuleBook.Find(id) is not null)));

    [Test]
    public void Every_rule_in_the_assembly_is_in_the_book()
    {
        var rules = typeof(Rule).Assembly.GetTypes().Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(Rule)));
        Assert.That(rules, Is.EquivalentTo(RuleBook.All.Select(rule => rule.GetType())));
    }

    [Test]
    public void The_page_beside_the_rules_is_the_book()
    {
        var page = new StringBuilder("""
            # The rule book

            Written from the rules by a test (`GOLDEN=accept`). `pipelines explain HA001` prints one of them; `pipelines check` asks them.

            An author who means it writes `ha-ok: HA001 and why` into the info of the node, or of its tab, group or subflow. In a pipeline's file
            `rules` sets what a rule's findings count as, and `suppressions` says what is meant. A suppression needs a reason, and one that suppresses
            nothing is itself a finding.

            | profile | asks | stops at |
            |---|---|---|

            """);
        foreach (var profile in Profile.All)
        {
            page.Append($"| `{profile.Name}` | {string.Join(", ", profile.Families.Select(family => family switch { RuleFamily.HighAvailability => "HA", RuleFamily.Structural => "NR, ENV, CRED", _ => "SUP" }))} | {profile.StopsAt.ToString().ToLowerInvariant()} |\n");
        }
        foreach (var rule in RuleBook.All)
        {
            page.Append($"\n## {rule.Id}: {rule.Title}\n{rule.Severity}. Looks at: {rule.LooksAt}\n\n{rule.Why}\n\n**Cure.** {rule.Cure}\n");
            page.Append(rule.Fixes is null ? "" : $"\n**`--fix`.** {rule.Fixes}\n");
            page.Append(rule.Related.Count == 0 ? "" : $"\nSee also {string.Join(", ", rule.Related)}.\n");
        }
        Golden.Verify("src/Pipelines.NodeRed/Rules/rules.md", page.ToString());
    }
}
