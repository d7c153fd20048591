using System.Reflection;
using System.Text.Json;
using System.Xml.Linq;

namespace Pipelines.Engine.Definitions.Schema;

/// <summary>The summaries of records and settings, from the documentation files that the compiler writes beside the assemblies.</summary>
internal sealed class XmlSummaries
{
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    /// <exception cref="FileNotFoundException">An assembly has no documentation file beside it.</exception>
    public XmlSummaries(params IEnumerable<Assembly> assemblies)
    {
        foreach (var file in assemblies.Select(x => Path.ChangeExtension(x.Location, ".xml")))
        {
            foreach (var member in XDocument.Load(file).Descendants("member"))
            {
                if (member.Element("summary") is { } summary)
                {
                    _texts[member.Attribute("name")!.Value] = Text(summary);
                }
            }
        }
    }

    public string? Of(Type type) => _texts.GetValueOrDefault($"T:{type.FullName}");

    public string? Of(PropertyInfo property) => _texts.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}");

    private static string Text(XElement summary) =>
        string.Join(' ', string.Concat(summary.Nodes().Select(Text)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        // A reference to a property is, in YAML, the key.
        XElement { Name.LocalName: "see" } see => JsonNamingPolicy.CamelCase.ConvertName(see.Attribute("cref")?.Value.Split('.')[^1] ?? ""),
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };
}
