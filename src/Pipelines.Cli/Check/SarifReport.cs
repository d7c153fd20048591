using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipelines.Cli.Explain;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Cli.Check;

/// <summary>SARIF 2.1.0, as code-review pages read it: a finding shows in place, and keeps its identity when the file around it changes.</summary>
internal static class SarifReport
{
    private const string Schema = "https://json.schemastore.org/sarif-2.1.0.json";

    public static void Write(Terminal terminal, IReadOnlyList<Checked> all) => Reports.WriteJson(terminal, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("$schema", Schema);
        writer.WriteString("version", "2.1.0");
        writer.WriteStartArray("runs");
        writer.WriteStartObject();
        WriteTool(writer);
        writer.WriteString("columnKind", "utf16CodeUnits");
        writer.WriteStartArray("results");
        foreach (var one in all)
        {
            foreach (var finding in one.Report.Findings)
            {
                WriteResult(writer, one, finding, null);
            }
            foreach (var meant in one.Report.Suppressed)
            {
                WriteResult(writer, one, meant.Finding, meant);
            }
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void WriteTool(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("tool");
        writer.WriteStartObject("driver");
        writer.WriteString("name", "pipelines");
        writer.WriteString("version", typeof(SarifReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");
        writer.WriteStartArray("rules");
        foreach (var rule in RuleBook.All)
        {
            writer.WriteStartObject();
            writer.WriteString("id", rule.Id);
            writer.WriteString("name", rule.GetType().Name);
            Message(writer, "shortDescription", rule.Title);
            Message(writer, "fullDescription", rule.Why);
            writer.WriteStartObject("help");
            writer.WriteString("text", $"{rule.Why} {rule.Cure}");
            writer.WriteString("markdown", RulePage.Markdown(rule));
            writer.WriteEndObject();
            writer.WriteStartObject("defaultConfiguration");
            writer.WriteString("level", Level(rule.Severity));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, Checked one, Finding finding, SuppressedFinding? meant)
    {
        writer.WriteStartObject();
        writer.WriteString("ruleId", finding.Rule);
        writer.WriteNumber("ruleIndex", RuleBook.All.Index().First(rule => rule.Item.Id == finding.Rule).Index);
        writer.WriteString("level", Level(finding.Severity));
        Message(writer, "message", $"{finding.Reason} {finding.Cure}");
        writer.WriteStartArray("locations");
        writer.WriteStartObject();
        writer.WriteStartObject("physicalLocation");
        writer.WriteStartObject("artifactLocation");
        writer.WriteString("uri", UriOf(one.Source));
        writer.WriteEndObject();
        writer.WriteStartObject("region");
        if (one.PlaceOf(finding) is { } place)
        {
            writer.WriteNumber("startLine", place.From.Line);
            writer.WriteNumber("startColumn", place.From.Column);
            writer.WriteNumber("endLine", place.To.Line);
            writer.WriteNumber("endColumn", place.To.Column);
        }
        else
        {
            writer.WriteNumber("startLine", 1);
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
        if (finding.NodeId is { } id)
        {
            writer.WriteStartArray("logicalLocations");
            writer.WriteStartObject();
            writer.WriteString("name", finding.NodeName ?? finding.NodeType);
            writer.WriteString("fullyQualifiedName", $"{finding.Tab}/{id}{(finding.Property is null ? "" : $"/{finding.Property}")}");
            writer.WriteString("kind", "object");
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteStartObject("partialFingerprints");
        writer.WriteString("pipelinesFinding/v1", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{finding.Rule}|{finding.NodeId}|{finding.Property}|{finding.Replica}|{finding.Reason}")))[..32]);
        writer.WriteEndObject();
        if (meant is not null)
        {
            writer.WriteStartArray("suppressions");
            writer.WriteStartObject();
            writer.WriteString("kind", meant.By.InFlows ? "inSource" : "external");
            writer.WriteString("justification", meant.By.Reason);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static void Message(Utf8JsonWriter writer, string name, string text)
    {
        writer.WriteStartObject(name);
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }

    private static string Level(Severity severity) => severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "note" };

    // A page finds the file by its path from the root of the repository, so a relative path stays relative.
    private static string UriOf(string source) =>
        source == "-" ? "stdin"
        : FlowSource.IsUrl(source) ? source
        : Path.IsPathRooted(source) ? new Uri(Path.GetFullPath(source)).AbsoluteUri
        : string.Join('/', source.Replace('\\', '/').Split('/').Where(part => part != ".").Select(Uri.EscapeDataString));
}
