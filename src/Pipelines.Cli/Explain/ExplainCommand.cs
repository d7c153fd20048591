using System.CommandLine;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Cli.Explain;

internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string?>("RULE") { Description = "A rule's id, such as HA001; without one all rules are listed.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("explain", "Prints a rule's page.") { id };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(id)));
        return command;
    }

    private static int Run(Terminal terminal, string? id)
    {
        if (id is null)
        {
            foreach (var listed in RuleBook.All)
            {
                terminal.Out.WriteLine($"{listed.Id,-8} {listed.Severity.ToString().ToLowerInvariant(),-8} {listed.Title}");
            }
            return ExitCode.Clean;
        }
        if (RuleBook.Find(id.ToUpperInvariant()) is not { } rule)
        {
            terminal.Error.WriteLine($"There is no rule {id}. pipelines explain lists them.");
            return ExitCode.Usage;
        }
        terminal.Out.WriteLine($"{terminal.Paint(Tone.Strong, rule.Id)}  {rule.Title}  ({rule.Severity.ToString().ToLowerInvariant()})");
        foreach (var (name, text) in RulePage.Parts(rule))
        {
            terminal.Out.WriteLine();
            terminal.Out.WriteLine(terminal.Paint(Tone.Faint, name));
            foreach (var line in Wrap(text))
            {
                terminal.Out.WriteLine($"  {line}");
            }
        }
        return ExitCode.Clean;
    }

    private static IEnumerable<string> Wrap(string text)
    {
        const int width = 96;
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line += line.Length == 0 ? word : $" {word}";
        }
        yield return line;
    }
}
