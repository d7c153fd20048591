using System.Text.Json;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

/// <summary>No API of Node-RED tells which npm modules its functions can load, so this rule can only remind.</summary>
internal sealed class FunctionModulesMustBeThere : Rule
{
    public override string Id => "NR010";

    public override string Title => "a function loads an npm module";

    public override Severity Severity => Severity.Warning;

    public override bool Suppressible => true;

    public override string LooksAt => "libs[].module of every function.";

    public override string Why => "When one such module is missing on a replica, nothing at all starts there, and no API tells beforehand.";

    public override string Cure => "Make sure that the module is installed in the user directory of every replica; verification notices when it is not.";

    public override IReadOnlyList<string> Related => ["NR001"];

    public override IEnumerable<Finding> Check(RuleContext context) =>
        from node in context.Flows.Nodes
        where node.Type == "function"
        from library in Libraries(node)
        select AboutNode(context.Flows, node, $"'{node.Label}' ({node.Id}) loads the npm module '{library.Module}'.", property: $"libs[{library.Index}].module");

    private static IEnumerable<(string Module, int Index)> Libraries(FlowNode node)
    {
        if (!node.TryGet("libs", out var libs) || libs.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }
        var index = 0;
        foreach (var lib in libs.EnumerateArray())
        {
            if (lib.ValueKind == JsonValueKind.Object && lib.SafeProperty("module") is { Length: > 0 } module && !NodeModules.IsBuiltIn(module))
            {
                yield return (module, index);
            }
            index++;
        }
    }
}
