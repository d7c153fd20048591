using System.Text.Json;

namespace Pipelines.Testing.Stand.Flows;

/// <summary>Flows of any size that show their version at <c>GET /version</c>, as <c>{"version":…,"replica":…,"nodes":…}</c>.</summary>
public static class SyntheticFlows
{
    private const int NodesOnTab = 100;

    /// <summary>Exactly so many nodes, tabs included: chains of switch, change and function beside the version's endpoint.</summary>
    public static string FlowsOf(int nodes, string version = "1")
    {
        var code = $"msg.payload = {{ version: {JsonSerializer.Serialize(version)}, replica: env.get('REPLICA'), nodes: {nodes} }}; return msg;";
        List<string> flows =
        [
            Tab("tab0", "Version"),
            """{"id":"version-in","type":"http in","z":"tab0","name":"","url":"/version","method":"get","upload":false,"swaggerDoc":"","x":100,"y":40,"wires":[["version-is"]]}""",
            Function("version-is", "tab0", code, y: 40, next: "version-out"),
            """{"id":"version-out","type":"http response","z":"tab0","name":"","statusCode":"","headers":{},"x":500,"y":40,"wires":[]}""",
        ];
        var first = flows.Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, first);
        for (var (index, tab) = (first, ""); index < nodes; index++)
        {
            if (index == first || index % NodesOnTab == 0)
            {
                tab = $"tab{index / NodesOnTab + 1}";
                flows.Add(Tab(tab, $"Part {index / NodesOnTab + 1}"));
            }
            else
            {
                // The last of a tab leads nowhere; every other leads to its neighbour.
                flows.Add(Part(index, tab, index + 1 < nodes && (index + 1) % NodesOnTab != 0 ? $"n{index + 1}" : null));
            }
        }

        return $"[{string.Join(',', flows)}]";
    }

    private static string Part(int index, string tab, string? next)
    {
        var y = 40 + index % NodesOnTab * 20;
        return (index % 3) switch
        {
            0 => Function($"n{index}", tab, $"msg.steps = (msg.steps ?? 0) + {index}; return msg;", y, next),
            1 => $$"""
                {"id":"n{{index}}","type":"change","z":"{{tab}}","name":"part {{index}}","rules":[{"t":"set","p":"part{{index}}","pt":"msg","to":"{{index}}","tot":"num"}],
                "x":300,"y":{{y}},"wires":{{Wires(next)}}}
                """,
            _ => $$"""
                {"id":"n{{index}}","type":"switch","z":"{{tab}}","name":"part {{index}}","property":"payload","propertyType":"msg","rules":[{"t":"nnull"}],"checkall":"true",
                "repair":false,"outputs":1,"x":300,"y":{{y}},"wires":{{Wires(next)}}}
                """,
        };
    }

    private static string Tab(string id, string label) => $$"""{"id":"{{id}}","type":"tab","label":"{{label}}","disabled":false,"info":"","env":[]}""";

    private static string Function(string id, string tab, string code, int y, string? next) => $$"""
        {"id":"{{id}}","type":"function","z":"{{tab}}","name":"","func":{{JsonSerializer.Serialize(code)}},"outputs":1,"timeout":0,"noerr":0,"initialize":"","finalize":"",
        "libs":[],"x":300,"y":{{y}},"wires":{{Wires(next)}}}
        """;

    private static string Wires(string? next) => next is null ? "[[]]" : $"[[\"{next}\"]]";
}
