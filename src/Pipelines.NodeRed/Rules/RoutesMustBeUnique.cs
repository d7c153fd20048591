using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

internal sealed class RoutesMustBeUnique : Rule
{
    public override string Id => "NR005";

    public override string Title => "two http inputs have one route";

    public override Severity Severity => Severity.Warning;

    public override bool Suppressible => true;

    public override string LooksAt => "method and url of every http in that runs.";

    public override string Why => "Only the first answers; the other never sees a request.";

    public override string Cure => "Give one of them another URL or method, or disable it.";

    public override IReadOnlyList<string> Related => ["HA061"];

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        var flows = context.Flows;
        var routes = flows.Running.Where(node => node.Type == "http in" && node.Text("url") is { Length: > 0 }).GroupBy(Route, StringComparer.Ordinal);
        foreach (var same in routes)
        {
            var first = same.First();
            foreach (var node in same.Skip(1))
            {
                yield return AboutNode(flows, node, $"'{node.Label}' ({node.Id}) has the route {same.Key} of '{first.Label}' ({first.Id}).", property: "url");
            }
        }
    }

    private static string Route(FlowNode node) => $"{(node.Text("method") ?? "get").ToUpperInvariant()} /{node.Text("url")!.Trim('/')}";
}
