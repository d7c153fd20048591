using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules.Reading;

/// <summary>Which names of environment variables mean something: declared by the target, defined in the flows, or Node-RED's own.</summary>
internal sealed class EnvironmentNames(IReadOnlySet<string> declared, IReadOnlySet<string> own)
{
    private const string Parent = "$parent.";

    public static EnvironmentNames Of(FlowSet flows, IReadOnlySet<string> declared) =>
        new(declared, flows.Nodes.SelectMany(node => node.Environment()).Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal));

    public static string Plain(string name) => name.StartsWith(Parent, StringComparison.Ordinal) ? name[Parent.Length..] : name;

    public bool Has(string name) => Plain(name) is var plain && (plain.StartsWith("NR_", StringComparison.Ordinal) || declared.Contains(plain) || own.Contains(plain));
}
