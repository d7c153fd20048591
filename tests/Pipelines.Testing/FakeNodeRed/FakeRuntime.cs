using System.Collections.Frozen;
using System.Text.Json;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Testing;

/// <summary>What of a Node-RED survives a restart, and what starts from it.</summary>
internal sealed class FakeRuntime
{
    private readonly FakeNodeRedOptions _options;
    private Dictionary<string, Dictionary<string, JsonElement>> _credentials = new(StringComparer.Ordinal);

    // What the credentials file holds, and what it held at the boot: see Save.
    private Dictionary<string, Dictionary<string, JsonElement>> _file = new(StringComparer.Ordinal);
    private Dictionary<string, Dictionary<string, JsonElement>> _booted = new(StringComparer.Ordinal);

    public FakeRuntime(FakeNodeRedOptions options)
    {
        _options = options;
        State = options.State;
        Stored = Parse(Canonical(options.Flows));
        Start();
    }

    public FlowSet Stored { get; private set; }

    public string State { get; set; }

    /// <summary>What runs; empty while a type is missing.</summary>
    public FrozenDictionary<string, FlowNode> Active { get; private set; } = FrozenDictionary<string, FlowNode>.Empty;

    /// <summary>Nodes whose credentials are in the file.</summary>
    public IReadOnlyCollection<string> CredentialsOf => [.. _file.Keys.Where(Stored.Contains)];

    public IReadOnlyDictionary<string, JsonElement> Credentials(string id) => _file[id];

    public static RawFlows Canonical(string json)
    {
        using var document = JsonDocument.Parse(json);
        return RawFlows.FromBytes(JavaScriptJson.Flows(document.RootElement));
    }

    public static FlowSet Parse(RawFlows raw) => FlowSet.Parse(raw) switch
    {
        FlowSetAnswer.Read read => read.Flows,
        FlowSetAnswer.Refused refused => throw new ArgumentException(refused.Reason, nameof(raw)),
        _ => throw new InvalidOperationException(),
    };

    public void Store(RawFlows flows, JsonElement posted, JsonElement? credentials)
    {
        Stored = Parse(flows);
        var dirty = false;
        foreach (var gone in _credentials.Keys.Where(id => !Stored.Contains(id)).ToList())
        {
            dirty |= _credentials.Remove(gone);
        }
        foreach (var node in posted.EnumerateArray())
        {
            if (node.TryGetProperty("credentials", out var inline) && node.TryGetProperty("id", out var id))
            {
                // Inline credentials are merged; a masked password is the one that is known already.
                var held = _credentials.TryGetValue(id.GetString()!, out var known) ? known : _credentials[id.GetString()!] = new(StringComparer.Ordinal);
                foreach (var field in inline.EnumerateObject().Where(field => field.Value.ToString() != "__PWRD__"))
                {
                    held[field.Name] = field.Value.Clone();
                    dirty = true;
                }
            }
        }
        if (credentials is { ValueKind: JsonValueKind.Object } map)
        {
            foreach (var node in map.EnumerateObject())
            {
                var fields = node.Value.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.Clone(), StringComparer.Ordinal);
                dirty |= !_credentials.TryGetValue(node.Name, out var known) || JsonSerializer.Serialize(known) != JsonSerializer.Serialize(fields);
                _credentials[node.Name] = fields;
            }
        }
        // Node-RED's own mistake: given credentials that are no news, it writes those it booted with.
        _file = dirty ? Copy(_credentials) : credentials is null ? _file : Copy(_booted);
    }

    /// <summary>The process starts: what is in memory only is gone.</summary>
    public void Boot()
    {
        _credentials = Copy(_file);
        _booted = Copy(_file);
        Start();
    }

    public void Stop() => Active = FrozenDictionary<string, FlowNode>.Empty;

    public void Start()
    {
        // One unknown type or npm module, and nothing starts; the state says "start" all the same.
        Active = State == "start" && !TypesMissing() && !ModulesMissing() && _options.NeverRuns?.Invoke(Stored) != true
            ? Stored.Running.ToFrozenDictionary(node => node.Id, StringComparer.Ordinal)
            : FrozenDictionary<string, FlowNode>.Empty;
    }

    private static Dictionary<string, Dictionary<string, JsonElement>> Copy(Dictionary<string, Dictionary<string, JsonElement>> credentials) =>
        credentials.ToDictionary(node => node.Key, node => new Dictionary<string, JsonElement>(node.Value, StringComparer.Ordinal), StringComparer.Ordinal);

    private bool TypesMissing()
    {
        var known = CoreNodes.Sets.SelectMany(set => set.Types)
            .Concat(_options.Modules.Where(module => module is { Enabled: true, Error: null }).SelectMany(module => module.Types))
            .ToHashSet(StringComparer.Ordinal);
        return Stored.TypesUsed.Any(type => type.StartsWith("subflow:", StringComparison.Ordinal)
            ? Stored.Find(type["subflow:".Length..]) is not { IsSubflowDefinition: true }
            : !known.Contains(type));
    }

    private bool ModulesMissing() => Stored.Running
        .Where(node => node.Type == "function" && node.Properties.TryGetValue("libs", out var libs) && libs.ValueKind == JsonValueKind.Array)
        .SelectMany(node => node.Properties["libs"].EnumerateArray())
        .Any(lib => !_options.NpmModules.Contains(lib.GetProperty("module").GetString()!));
}
