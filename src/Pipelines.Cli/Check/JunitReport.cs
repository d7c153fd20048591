using System.Xml;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Cli.Check;

/// <summary>One suite a file, one case a rule that was asked; what stops is a failure, the rest is told as output.</summary>
internal static class JunitReport
{
    public static void Write(Terminal terminal, IReadOnlyList<Checked> all)
    {
        using (var writer = XmlWriter.Create(terminal.Out, new XmlWriterSettings { Indent = true, NewLineChars = "\n", CloseOutput = false, CheckCharacters = false, OmitXmlDeclaration = true }))
        {
            writer.WriteStartElement("testsuites");
            foreach (var one in all)
            {
                Write(writer, one);
            }
            writer.WriteEndElement();
        }
        terminal.Out.WriteLine();
    }

    private static void Write(XmlWriter writer, Checked one)
    {
        var rules = RuleBook.All.Where(rule => RuleBook.IsAsked(rule, new RuleContext(one.File.Flows), one.Profile)).ToList();
        writer.WriteStartElement("testsuite");
        writer.WriteAttributeString("name", Clean(one.Source));
        writer.WriteAttributeString("tests", $"{rules.Count}");
        writer.WriteAttributeString("failures", $"{one.Report.Stopping.Select(finding => finding.Rule).Distinct(StringComparer.Ordinal).Count()}");
        foreach (var rule in rules)
        {
            writer.WriteStartElement("testcase");
            writer.WriteAttributeString("classname", Clean(one.Source));
            writer.WriteAttributeString("name", $"{rule.Id} {rule.Title}");
            var findings = one.Report.Findings.Where(finding => finding.Rule == rule.Id).ToLookup(one.Report.Stopping.Contains);
            if (findings[true].Any())
            {
                writer.WriteStartElement("failure");
                writer.WriteAttributeString("message", findings[true].Count() == 1 ? Clean(findings[true].First().Reason) : $"{findings[true].Count()} findings");
                writer.WriteString(string.Join('\n', findings[true].Select(finding => Sentence(one, finding))));
                writer.WriteEndElement();
            }
            if (findings[false].Any())
            {
                writer.WriteElementString("system-out", string.Join('\n', findings[false].Select(finding => Sentence(one, finding))));
            }
            writer.WriteEndElement();
        }
        writer.WriteEndElement();
    }

    private static string Sentence(Checked one, Finding finding)
    {
        var place = one.PlaceOf(finding) is { From: var (line, column) } ? $"{one.Source}:{line}:{column}: " : "";
        return Clean($"{place}{Reports.Word(finding.Severity)}: {finding.Reason} {finding.Cure}");
    }

    // XML has no way to write most control characters.
    private static string Clean(string text) => string.Concat(text.Select(letter => XmlConvert.IsXmlChar(letter) || char.IsSurrogate(letter) ? letter : ' '));
}
