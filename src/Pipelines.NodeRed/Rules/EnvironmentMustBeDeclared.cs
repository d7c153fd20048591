using System.Text.Json;
using System.Text.RegularExpressions;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

/// <summary>
/// Speaks only when the target declares its environment. Names that the flows define themselves count wherever they are defined:
/// who may see which is Node-RED's business.
/// </summary>
internal sealed partial class EnvironmentMustBeDeclared : Rule
{
    private const string Parent = "$parent.";

    public override string Id => "ENV001";

    public override string Title => "an environment variable is not declared";

    public override Severity Severity => Severity.Error;

    public override string Why => "Node-RED leaves ${NAME} as it stands when NAME is not set: a broker is then called ${NAME}.";

    public override string Cure => "Set it on every replica and add it to environment of the instance in instances.yaml.";

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        if (context.Environment is not { } declared)
        {
            yield break;
        }
        var flows = context.Flows;
        var own = flows.Nodes.SelectMany(node => node.Environment()).Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var node in flows.Nodes.Where(node => !node.IsContainer))
        {
            foreach (var reference in References(node).DistinctBy(reference => (reference.Name, reference.Call)))
            {
                var name = reference.Name.StartsWith(Parent, StringComparison.Ordinal) ? reference.Name[Parent.Length..] : reference.Name;
                if (!name.StartsWith("NR_", StringComparison.Ordinal) && !declared.Contains(name) && !own.Contains(name))
                {
                    // A function may know what to do without the variable; a property never does.
                    yield return AboutNode(
                        flows, node,
                        $"'{node.Label}' ({node.Id}) reads the environment variable {name}, which the target does not declare.",
                        reference.Call ? Severity.Warning : Severity.Error,
                        property: reference.Path);
                }
            }
        }
    }

    private static IEnumerable<(string Name, string Path, bool Call)> References(FlowNode node) =>
        node.Properties.Where(property => property.Key is not ("id" or "type" or "z" or "wires")).SelectMany(property => References(property.Value, property.Key));

    private static IEnumerable<(string Name, string Path, bool Call)> References(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => References(value.SafeText(), path),
        JsonValueKind.Array => value.EnumerateArray().SelectMany((item, index) => References(item, $"{path}[{index}]")),
        JsonValueKind.Object => value.SafeProperties().SelectMany(property => References(property.Value, $"{path}.{property.Name}")),
        _ => [],
    };

    private static IEnumerable<(string Name, string Path, bool Call)> References(string text, string path)
    {
        // Node-RED replaces whole values only; ${A}/${B} stays as it is.
        if (WholeValue().Match(text) is { Success: true } whole)
        {
            yield return (whole.Groups["name"].Value, path, false);
        }
        if (path is "func" or "initialize" or "finalize")
        {
            foreach (Match call in Call().Matches(text))
            {
                yield return (call.Groups["name"].Value, path, true);
            }
        }
    }

    [GeneratedRegex(@"^\$(\{(?<name>[^\s{}]+)\}|\((?<name>[^\s()]+)\))$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WholeValue();

    [GeneratedRegex(@"\benv\s*\.\s*get\s*\(\s*(?<quote>[""'`])(?<name>[^""'`\s$]+)\k<quote>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Call();
}
