using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Pipelines.Testing.Stand.NodeRed;

/// <summary>The few calls by which a test prepares and judges a Node-RED, on purpose without the client under test.</summary>
public sealed class NodeRedAdmin : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly NodeRedProcess _instance;

    internal NodeRedAdmin(NodeRedProcess instance)
    {
        _instance = instance;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", instance.Token);
        _http.DefaultRequestHeaders.Add("Node-RED-API-Version", "v2");
    }

    /// <summary>Null while the runtime starts.</summary>
    public async Task<NodeRedFlows?> FlowsAsync(CancellationToken cancellationToken = default)
    {
        var text = await _http.GetStringAsync(new Uri(_instance.AdminUrl, "flows"), cancellationToken);
        return JsonNode.Parse(text) is JsonObject answer ? new NodeRedFlows((string)answer["rev"]!, answer["flows"]!.AsArray()) : null;
    }

    public async Task<string> RevisionAsync(CancellationToken cancellationToken = default) =>
        (await FlowsAsync(cancellationToken))?.Revision ?? throw new InvalidOperationException($"{_instance.Name} is still starting: it shows no flows.");

    /// <summary>Deploys in full and answers the new revision.</summary>
    /// <param name="flows">The array of nodes, as JSON; posted as it is.</param>
    public async Task<string> DeployAsync(string flows, CancellationToken cancellationToken = default)
    {
        using var content = new StringContent($$"""{"flows":{{flows}}}""", MediaTypeHeaderValue.Parse("application/json"));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_instance.AdminUrl, "flows")) { Content = content };
        request.Headers.Add("Node-RED-Deployment-Type", "full");
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? (string)JsonNode.Parse(text)!["rev"]!
            : throw new InvalidOperationException($"{_instance.Name} answered {(int)response.StatusCode} to a deploy: {text}");
    }

    /// <summary>Null when the last node of the last tab runs, else what is seen instead. A deploy answers, and /flows shows it, before that.</summary>
    public async Task<string?> NotRunningAsync(CancellationToken cancellationToken = default)
    {
        if (await FlowsAsync(cancellationToken) is not { } answer)
        {
            return "null, it is starting";
        }

        // Only nodes on an enabled tab have a life of their own that the context shows.
        var tabs = answer.Flows.Where(node => Is(node, "tab") && (bool?)node!["disabled"] is not true).Select(node => (string)node!["id"]!).ToHashSet();
        var last = answer.Flows.LastOrDefault(node => node!["z"] is JsonValue tab && tabs.Contains(tab.GetValue<string>()) && node["d"] is null && !Is(node, "group") && !Is(node, "comment"));
        if (last is null)
        {
            return null;
        }

        var context = JsonNode.Parse(await _http.GetStringAsync(new Uri(_instance.AdminUrl, $"context/node/{last["id"]}"), cancellationToken));
        return context is JsonObject { Count: > 0 } ? null : $"node {last["id"]} of revision {answer.Revision} does not run";
    }

    /// <summary>Asks the flows themselves: GET of a path below <see cref="NodeRedProcess.FlowsUrl"/>.</summary>
    public async Task<NodeRedAnswer> AskAsync(string path, CancellationToken cancellationToken = default)
    {
        using var response = await _http.GetAsync(new Uri(_instance.FlowsUrl, path.TrimStart('/')), cancellationToken);
        return new NodeRedAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public void Dispose() => _http.Dispose();

    private static bool Is(JsonNode? node, string type) => (string?)node?["type"] == type;
}

public sealed record NodeRedFlows(string Revision, JsonArray Flows);

public sealed record NodeRedAnswer(int Status, string Body);
