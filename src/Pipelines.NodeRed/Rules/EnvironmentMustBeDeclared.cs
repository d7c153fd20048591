using System.Runtime.InteropServices;
using System.Text.Json;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules;

/// <summary>
/// Speaks only when the target declares its environment. Names that the flows define themselves count wherever they are defined:
/// who may see which is Node-RED's business.
/// </summary>
internal sealed class EnvironmentMustBeDeclared : Rule
{
    public override string Id => "ENV001";

    public override string Title => "an environment variable is not declared";

    public override Severity Severity => Severity.Error;

    public override bool Suppressible => true;

    public override string LooksAt => "Every property that is ${NAME} or $(NAME) as a whole, and the environment that the target declares.";

    public override string Why => "Node-RED leaves ${NAME} as it stands when NAME is not set: a broker is then called ${NAME}.";

    public override string Cure => "Set it on every replica and add it to environment of the instance in instances.yaml.";

    public override IReadOnlyList<string> Related => ["ENV002"];

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        if (context.Environment is not { } declared)
        {
            yield break;
        }
        var flows = context.Flows;
        var known = EnvironmentNames.Of(flows, declared);
        foreach (var node in flows.Nodes.Where(node => !node.IsContainer))
        {
            foreach (var (name, path) in References(node).DistinctBy(reference => reference.Name, StringComparer.Ordinal).Where(reference => !known.Has(reference.Name)))
            {
                yield return AboutNode(flows, node, $"'{node.Label}' ({node.Id}) reads the environment variable {EnvironmentNames.Plain(name)}, which the target does not declare.", property: path);
            }
        }
    }

    private static IEnumerable<(string Name, string Path)> References(FlowNode node) =>
        node.Properties.Where(property => property.Key is not ("id" or "type" or "z" or "wires")).SelectMany(property => References(property.Value, property.Key));

    private static IEnumerable<(string Name, string Path)> References(JsonElement value, string path) => value.ValueKind switch
    {
        // Node-RED replaces whole values only; ${A}/${B} stays as it is. Most texts do not begin like one, and are not read.
        JsonValueKind.String => JsonMarshal.GetRawUtf8Value(value) is [_, (byte)'$' or (byte)'\\', ..] && EnvironmentReader.NameIn(value.SafeText()) is { } name ? [(name, path)] : [],
        JsonValueKind.Array => value.EnumerateArray().SelectMany((item, index) => References(item, $"{path}[{index}]")),
        JsonValueKind.Object => value.SafeProperties().SelectMany(property => References(property.Value, $"{path}.{property.Name}")),
        _ => [],
    };
}
