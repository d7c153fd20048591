using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Testing;

/// <summary>Answers <c>http in</c> nodes, as far as a static flow goes: along the first wires, with what change and template nodes set.</summary>
internal static class FakeRoutes
{
    public static async Task AnswerAsync(HttpContext context, FakeRuntime runtime)
    {
        var method = context.Request.Method;
        var path = context.Request.Path.Value ?? "/";
        var active = runtime.Active;
        // Of two inputs with one route the first answers.
        var input = runtime.Stored.Nodes.FirstOrDefault(node => node.Type == "http in" && active.ContainsKey(node.Id)
            && $"/{node.Text("url")?.Trim('/')}" == path && string.Equals(node.Text("method") ?? "get", method, StringComparison.OrdinalIgnoreCase));
        if (input is null)
        {
            await FakeAdmin.NotFoundAsync(context);
            return;
        }
        var payload = "{}";
        var json = true;
        for (var (node, steps) = (Next(input, active), 0); node is not null && steps < 100; node = Next(node, active), steps++)
        {
            switch (node.Type)
            {
                case "http response":
                    context.Response.StatusCode = int.TryParse(node.Text("statusCode"), out var status) ? status : 200;
                    context.Response.ContentType = json ? "application/json; charset=utf-8" : "text/html; charset=utf-8";
                    await context.Response.WriteAsync(payload);
                    return;
                case "template":
                    (payload, json) = (node.Text("template") ?? "", false);
                    break;
                case "change":
                    (payload, json) = Changed(node, payload, json);
                    break;
            }
        }
        // No http response on the way: the request hangs.
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
    }

    private static FlowNode? Next(FlowNode node, IReadOnlyDictionary<string, FlowNode> active) =>
        node.Wires.Count > 0 ? node.Wires[0].Select(active.GetValueOrDefault).FirstOrDefault(next => next is not null) : null;

    private static (string Payload, bool Json) Changed(FlowNode node, string payload, bool json)
    {
        if (!node.Properties.TryGetValue("rules", out var rules))
        {
            return (payload, json);
        }
        foreach (var rule in rules.EnumerateArray())
        {
            if (Text(rule, "t") == "set" && Text(rule, "p") == "payload" && Text(rule, "to") is { } to)
            {
                (payload, json) = (to, Text(rule, "tot") == "json");
            }
        }
        return (payload, json);
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.ToString() : null;
}
