namespace Pipelines.NodeRed.Rules;

internal sealed class ModulesShouldAgree : Rule
{
    public override string Id => "NR009";

    public override string Title => "a module has another version than in development";

    public override Severity Severity => Severity.Warning;

    public override bool Suppressible => true;

    public override string LooksAt => "The version of each module in use, on the development instance and on each replica.";

    public override string Why => "The flows were tried with one version of a node and will run with another.";

    public override string Cure => "Install the version of the development instance on every replica, or update the development instance and try the flows again.";

    public override IReadOnlyList<string> Related => ["NR001"];

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        foreach (var replica in context.Replicas)
        {
            var used = (replica.NodeSets ?? []).Where(set => set.Types.Any(context.Flows.TypesUsed.Contains)).DistinctBy(set => set.Module, StringComparer.Ordinal);
            foreach (var set in used)
            {
                if (context.ModuleVersions.TryGetValue(set.Module, out var tried) && tried != set.Version)
                {
                    yield return About($"The module {set.Module} is {set.Version} on '{replica.Name}' and {tried} on the development instance.", replica: replica.Name);
                }
            }
        }
    }
}
