using Pipelines.NodeRed.Rules.Reading;
using Pipelines.NodeRed.Rules.Scripts;

namespace Pipelines.NodeRed.Rules;

/// <summary>Like ENV001, but function code may know what to do without the variable; a property never does.</summary>
internal sealed class EnvironmentOfFunctionsShouldBeDeclared : Rule
{
    public override string Id => "ENV002";

    public override string Title => "a function reads an environment variable that is not declared";

    public override Severity Severity => Severity.Info;

    public override string LooksAt => "env.get(\"NAME\") in the code of functions, and the environment that the target declares.";

    public override string Why => "On the replicas the function gets undefined where it got a value in development.";

    public override string Cure => "Set it on every replica and add it to environment of the instance in instances.yaml, or see that the code has a default.";

    public override bool Suppressible => true;

    public override IReadOnlyList<string> Related => ["ENV001"];

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        if (context.Environment is not { } declared)
        {
            yield break;
        }
        var known = EnvironmentNames.Of(context.Flows, declared);
        foreach (var node in context.Live.OfType("function"))
        {
            foreach (var part in FunctionCode.All)
            {
                foreach (var read in context.Live.Script(node, part).EnvironmentReads.Where(read => !known.Has(read.Name)).DistinctBy(read => read.Name, StringComparer.Ordinal))
                {
                    yield return AboutNode(
                        context.Flows, node,
                        $"'{node.Label}' ({node.Id}) reads the environment variable {EnvironmentNames.Plain(read.Name)} in its code, which the target does not declare.",
                        property: part) with
                    { Line = read.Line, Column = read.Column };
                }
            }
        }
    }
}
