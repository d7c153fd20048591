using System.Net.Http.Headers;
using System.Text;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing.Stand.NodeRed;

namespace Pipelines.Benchmarks.Promotions;

/// <summary>
/// The floor: the same calls that a promotion makes to the same Node-REDs, in the same order and with the same waits for flows to run, by a bare HTTP
/// client; no database, no bus, no decisions.
/// </summary>
internal sealed class RawCalls : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });

    public int Calls { get; private set; }

    public async Task PromoteAsync(NodeRedProcess development, IReadOnlyList<NodeRedProcess> replicas, CancellationToken cancellationToken)
    {
        Calls = 0;
        // snapshot
        var flows = GetAsync(development, "flows", cancellationToken);
        await Task.WhenAll(flows, GetAsync(development, "settings", cancellationToken), GetAsync(development, "nodes", cancellationToken));
        var snapshot = ((RawFlowsAnswer.Read)RawFlows.FromAdminAnswer(await flows)).Flows;
        var set = ((FlowSetAnswer.Read)FlowSet.Parse(snapshot)).Flows;

        // validate
        await Task.WhenAll(replicas.Select(async replica =>
        {
            foreach (var path in new[] { "settings", "flows", "flows/state", "nodes", "diagnostics" })
            {
                await GetAsync(replica, path, cancellationToken);
            }
        }));

        // rollout: record
        var before = await Task.WhenAll(replicas.Select(async replica =>
        {
            var raw = ((RawFlowsAnswer.Read)RawFlows.FromAdminAnswer(await GetAsync(replica, "flows", cancellationToken))).Flows;
            await ProbeAsync(replica, ProbeSample.Of(((FlowSetAnswer.Read)FlowSet.Parse(raw)).Flows), cancellationToken);
            await GetAsync(replica, "flows/state", cancellationToken);
            return raw.Digest;
        }));

        // rollout: one after the other
        var sample = ProbeSample.Of(set, 1000);
        foreach (var (index, replica) in replicas.Index())
        {
            await GetAsync(replica, "flows", cancellationToken);
            await DeployAsync(replica, snapshot, before[index], cancellationToken);
            await GetAsync(replica, "flows", cancellationToken);
            var pause = 20;
            while (true)
            {
                await GetAsync(replica, "flows", cancellationToken);
                await GetAsync(replica, "flows/state", cancellationToken);
                if (await ProbeAsync(replica, sample, cancellationToken))
                {
                    break;
                }

                await Task.Delay(pause, cancellationToken);
                pause = Math.Min(pause * 2, 320);
            }

            // after each wave: what all of them run now
            await Task.WhenAll(replicas.Select(async each =>
            {
                await GetAsync(each, "flows", cancellationToken);
                await GetAsync(each, "flows/state", cancellationToken);
            }));
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> GetAsync(NodeRedProcess process, string path, CancellationToken cancellationToken)
    {
        using var request = Request(process, HttpMethod.Get, path);
        using var response = await _http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    private async Task<bool> ProbeAsync(NodeRedProcess process, ProbeSample sample, CancellationToken cancellationToken)
    {
        var all = true;
        foreach (var ids in sample.Ids.Chunk(4))
        {
            var answers = await Task.WhenAll(ids.Select(id => GetAsync(process, $"context/node/{id}", cancellationToken)));
            all &= answers.All(answer => answer.Length > 2);
        }

        return all;
    }

    private async Task DeployAsync(NodeRedProcess process, RawFlows flows, Digest expected, CancellationToken cancellationToken)
    {
        using var request = Request(process, HttpMethod.Post, "flows");
        request.Headers.Add("Node-RED-Deployment-Type", "full");
        byte[] body = [.. "{\"flows\":"u8, .. flows.Bytes.Span, .. Encoding.UTF8.GetBytes($",\"rev\":\"{expected}\"}}")];
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var response = await _http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private HttpRequestMessage Request(NodeRedProcess process, HttpMethod method, string path)
    {
        Calls++;
        return new HttpRequestMessage(method, $"{process.AdminUrl.ToString().TrimEnd('/')}/{path}")
        {
            Headers =
            {
                { "Authorization", $"Bearer {process.Token}" },
                { "Node-RED-API-Version", "v2" },
                { "Accept", "application/json" },
            },
        };
    }
}
