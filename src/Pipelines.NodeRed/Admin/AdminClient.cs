using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.NodeRed.Flows;
using Pipelines.NodeRed.Rules;

namespace Pipelines.NodeRed.Admin;

/// <summary>
/// One Node-RED's admin API, in answers. Keep one client per Node-RED for as long as the process lives: it holds the token
/// (see <see cref="AdminClients"/>). Reads are retried; a deploy never is, since a lost answer may hide a deploy that happened.
/// </summary>
public sealed partial class AdminClient
{
    private const int ProbesAtOnce = 4;
    private readonly AdminTransport _transport;
    private readonly AdminOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public AdminClient(HttpClient http, AdminEndpoint endpoint, AdminOptions? options = null, TimeProvider? time = null, ILogger<AdminClient>? log = null)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        Http = http;
        Endpoint = endpoint;
        _options = options ?? new AdminOptions();
        _time = time ?? TimeProvider.System;
        _log = log ?? NullLogger<AdminClient>.Instance;
        _transport = new AdminTransport(http, endpoint, _options, _time);
    }

    public AdminEndpoint Endpoint { get; }

    public string Name => Endpoint.Name;

    internal HttpClient Http { get; }

    public async Task<Reading<RawFlows>> ReadFlowsAsync(CancellationToken cancellationToken = default) =>
        await ReadAsync<RawFlows>("flows", body => RawFlows.FromAdminAnswer(body) switch
        {
            RawFlowsAnswer.Read read => new Reading<RawFlows>.Read(read.Flows),
            RawFlowsAnswer.NotReady => new Reading<RawFlows>.NotReady($"'{Name}' is booting and has not loaded its flows yet. Ask again."),
            RawFlowsAnswer.Refused refused => new Reading<RawFlows>.Refused(
                $"'{Name}' answered GET flows with something that {refused.Reason}. Check that {Endpoint.AdminUrl} is the admin root of a Node-RED 3.1 or later."),
            _ => throw new UnreachableException(),
        }, cancellationToken);

    public async Task<Reading<FlowState>> ReadStateAsync(CancellationToken cancellationToken = default) =>
        await ReadJsonAsync("flows/state", AdminJson.State, cancellationToken);

    public async Task<Reading<RuntimeSettings>> ReadSettingsAsync(CancellationToken cancellationToken = default) =>
        await ReadJsonAsync("settings", AdminJson.Settings, cancellationToken);

    public async Task<Reading<IReadOnlyList<NodeSet>>> ReadNodeSetsAsync(CancellationToken cancellationToken = default) =>
        await ReadJsonAsync("nodes", AdminJson.NodeSets, cancellationToken);

    /// <summary>Many switch diagnostics off: a refusal is an ordinary answer here.</summary>
    public async Task<Reading<Diagnostics>> ReadDiagnosticsAsync(CancellationToken cancellationToken = default) =>
        await ReadJsonAsync("diagnostics", AdminJson.Diagnostics, cancellationToken);

    /// <summary>Asks of each node whether it runs. Takes the permission <c>context.read</c>.</summary>
    public async Task<Reading<ProbeOutcome>> ProbeAsync(IReadOnlyCollection<string> nodeIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeIds);
        var active = new List<string>(nodeIds.Count);
        var inactive = new List<string>();
        foreach (var ids in nodeIds.Chunk(ProbesAtOnce))
        {
            var readings = await Task.WhenAll(ids.Select(id => ReadJsonAsync(
                $"context/node/{Uri.EscapeDataString(id)}",
                root => root.EnumerateObject().Any(),
                cancellationToken)));
            foreach (var (id, reading) in ids.Zip(readings))
            {
                if (reading is not Reading<bool>.Read read)
                {
                    return reading.Then<ProbeOutcome>(_ => throw new UnreachableException());
                }
                (read.Value ? active : inactive).Add(id);
            }
        }
        return new Reading<ProbeOutcome>.Read(new ProbeOutcome(active, inactive));
    }

    /// <summary>Everything a preflight wants to know, as far as it can be read.</summary>
    public async Task<ReplicaFacts> GatherAsync(CancellationToken cancellationToken = default)
    {
        var facts = new ReplicaFacts(Name);
        var settings = await ReadSettingsAsync(cancellationToken);
        if (settings is not Reading<RuntimeSettings>.Read { Value: var known })
        {
            // Whoever does not say its version says nothing else either; one sentence instead of five.
            return facts with { Troubles = [settings.Trouble!] };
        }
        var flows = await ReadFlowsAsync(cancellationToken);
        var state = await ReadStateAsync(cancellationToken);
        var sets = await ReadNodeSetsAsync(cancellationToken);
        var diagnostics = await ReadDiagnosticsAsync(cancellationToken);
        var present = (flows as Reading<RawFlows>.Read)?.Value;
        return facts with
        {
            Version = known.Version,
            Present = present,
            PresentFlows = present is not null && FlowSet.Parse(present) is FlowSetAnswer.Read parsed ? parsed.Flows : null,
            State = (state as Reading<FlowState>.Read)?.Value,
            NodeSets = (sets as Reading<IReadOnlyList<NodeSet>>.Read)?.Value,
            ApiMaxLength = (diagnostics as Reading<Diagnostics>.Read)?.Value.ApiMaxLength,
            Troubles = [.. new[] { flows.Trouble, state.Trouble, sets.Trouble }.OfType<string>()],
        };
    }

    private async Task<Reading<T>> ReadJsonAsync<T>(string path, Func<JsonElement, T> read, CancellationToken cancellationToken) =>
        await ReadAsync<T>(path, body =>
        {
            try
            {
                using var document = JsonDocument.Parse(body);
                return new Reading<T>.Read(read(document.RootElement));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                return new Reading<T>.Refused($"'{Name}' answered GET {path} with JSON that is not Node-RED's. Check that {Endpoint.AdminUrl} is the admin root of {Name}.");
            }
        }, cancellationToken);

    private async Task<Reading<T>> ReadAsync<T>(string path, Func<ReadOnlyMemory<byte>, Reading<T>> read, CancellationToken cancellationToken)
    {
        var what = $"GET {path}";
        switch (await _transport.ReadAsync(path, cancellationToken))
        {
            case Exchange.Unanswered silence:
                LogSilent(Name, what, silence.Tries, silence.LastError);
                return new Reading<T>.Silent(silence.Tries, silence.LastError, AdminSentences.Silent(Endpoint, silence));
            case Exchange.LockedOut locked:
                return new Reading<T>.Refused(locked.Reason);
            case Exchange.Answered { Code: >= 500 } fault:
                return new Reading<T>.Silent(_options.ReadTries, $"status {fault.Code}", AdminSentences.ServerFault(Endpoint, fault, what));
            case Exchange.Answered { Status: not HttpStatusCode.OK } refused:
                return new Reading<T>.Refused(AdminSentences.Refused(Endpoint, refused, what));
            case Exchange.Answered { IsJson: false } other:
                return new Reading<T>.Refused(AdminSentences.NotNodeRed(Endpoint, other, what));
            case Exchange.Answered answered:
                return read(answered.Body);
            default:
                throw new UnreachableException();
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "'{Name}' did not answer {What} ({Tries} tries): {LastError}")]
    private partial void LogSilent(string name, string what, int tries, string lastError);
}
