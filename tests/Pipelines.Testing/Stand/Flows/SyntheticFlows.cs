using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Testing.Stand.Flows;

/// <summary>Flows of any size that show their version at <c>GET /version</c>, as <c>{"version":…,"replica":…,"nodes":…}</c>.</summary>
public static class SyntheticFlows
{
    private const int NodesOnTab = 100;
    private const int Fixed = 4;

    /// <summary>Exactly so many nodes, tabs included: chains of switch, change and function behind the version's endpoint.</summary>
    public static string FlowsOf(int nodes, string version = "1")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, Fixed);
        var flows = new JsonArray(
            Tab("tab0", "Version"),
            new JsonObject { ["id"] = "version-in", ["type"] = "http in", ["z"] = "tab0", ["name"] = "", ["url"] = "/version", ["method"] = "get", ["upload"] = false, ["swaggerDoc"] = "", ["x"] = 100, ["y"] = 40, ["wires"] = Wires("version-is") },
            Function("version-is", "tab0", $"msg.payload = {{ version: {JsonSerializer.Serialize(version)}, replica: env.get('REPLICA'), nodes: {nodes} }}; return msg;", 40, "version-out"),
            new JsonObject { ["id"] = "version-out", ["type"] = "http response", ["z"] = "tab0", ["name"] = "", ["statusCode"] = "", ["headers"] = new JsonObject(), ["x"] = 500, ["y"] = 40, ["wires"] = new JsonArray() });
        for (var (index, tab) = (Fixed, ""); index < nodes; index++)
        {
            if (index == Fixed || index % NodesOnTab == 0)
            {
                tab = $"tab{index / NodesOnTab + 1}";
                flows.Add(Tab(tab, $"Part {index / NodesOnTab + 1}"));
            }
            else
            {
                // The last of a tab leads nowhere; every other leads to its neighbour.
                var next = index + 1 < nodes && (index + 1) % NodesOnTab != 0 ? $"n{index + 1}" : null;
                flows.Add(Part(index, tab, next));
            }
        }

        return flows.ToJsonString();
    }

    private static JsonObject Part(int index, string tab, string? next) => (index % 3) switch
    {
        0 => Function($"n{index}", tab, $"msg.steps = (msg.steps ?? 0) + {index}; return msg;", 40 + index % NodesOnTab * 20, next),
        1 => new JsonObject
        {
            ["id"] = $"n{index}", ["type"] = "change", ["z"] = tab, ["name"] = $"part {index}",
            ["rules"] = new JsonArray(new JsonObject { ["t"] = "set", ["p"] = $"part{index}", ["pt"] = "msg", ["to"] = $"{index}", ["tot"] = "num" }),
            ["x"] = 300, ["y"] = 40 + index % NodesOnTab * 20, ["wires"] = Wires(next),
        },
        _ => new JsonObject
        {
            ["id"] = $"n{index}", ["type"] = "switch", ["z"] = tab, ["name"] = $"part {index}", ["property"] = "payload", ["propertyType"] = "msg",
            ["rules"] = new JsonArray(new JsonObject { ["t"] = "nnull" }), ["checkall"] = "true", ["repair"] = false, ["outputs"] = 1,
            ["x"] = 300, ["y"] = 40 + index % NodesOnTab * 20, ["wires"] = Wires(next),
        },
    };

    private static JsonObject Tab(string id, string label) => new() { ["id"] = id, ["type"] = "tab", ["label"] = label, ["disabled"] = false, ["info"] = "", ["env"] = new JsonArray() };

    private static JsonObject Function(string id, string tab, string code, int y, string? next) => new()
    {
        ["id"] = id, ["type"] = "function", ["z"] = tab, ["name"] = "", ["func"] = code, ["outputs"] = 1, ["timeout"] = 0, ["noerr"] = 0,
        ["initialize"] = "", ["finalize"] = "", ["libs"] = new JsonArray(), ["x"] = 300, ["y"] = y, ["wires"] = Wires(next),
    };

    private static JsonArray Wires(string? next) => new(next is null ? new JsonArray() : new JsonArray(next));
}
