using System.Text.Json;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Cli.Check;

internal static class JsonReport
{
    public static void Write(Terminal terminal, IReadOnlyList<Checked> all) => Reports.WriteJson(terminal, writer =>
    {
        writer.WriteStartArray();
        foreach (var one in all)
        {
            writer.WriteStartObject();
            writer.WriteString("source", one.Source);
            writer.WriteString("digest", one.File.Flows.Digest.ToString());
            writer.WriteNumber("nodes", one.File.Flows.Nodes.Count);
            writer.WriteString("profile", one.Profile.Name);
            writer.WriteBoolean("stops", one.Report.Stops);
            writer.WriteStartArray("findings");
            foreach (var finding in one.Report.Findings)
            {
                Write(writer, one, finding, null);
            }
            writer.WriteEndArray();
            writer.WriteStartArray("suppressed");
            foreach (var meant in one.Report.Suppressed)
            {
                Write(writer, one, meant.Finding, meant.By.Reason);
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter writer, Checked one, Finding finding, string? meant)
    {
        writer.WriteStartObject();
        writer.WriteString("rule", finding.Rule);
        writer.WriteString("severity", Reports.Word(finding.Severity));
        writer.WriteBoolean("stops", meant is null && finding.Severity >= one.Profile.StopsAt);
        writer.WriteString("reason", finding.Reason);
        writer.WriteString("cure", finding.Cure);
        Text(writer, "nodeId", finding.NodeId);
        Text(writer, "nodeName", finding.NodeName);
        Text(writer, "nodeType", finding.NodeType);
        Text(writer, "tab", finding.Tab);
        Text(writer, "property", finding.Property);
        Text(writer, "replica", finding.Replica);
        Text(writer, "meant", meant);
        if (finding.Line is { } line)
        {
            writer.WriteStartObject("inText");
            writer.WriteNumber("line", line);
            writer.WriteNumber("column", finding.Column ?? 1);
            writer.WriteEndObject();
        }
        if (one.PlaceOf(finding) is { } place)
        {
            writer.WriteStartObject("inFile");
            writer.WriteNumber("line", place.From.Line);
            writer.WriteNumber("column", place.From.Column);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }
}
