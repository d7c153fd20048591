using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipelines.NodeRed.Admin;

/// <summary>Reads the admin API's small answers; an InvalidOperationException or a KeyNotFoundException says that it is none of them.</summary>
internal static partial class AdminJson
{
    private const long DefaultMaxLength = 5L * 1024 * 1024;

    public static FlowState State(JsonElement root) => root.GetProperty("state").GetString() switch
    {
        "start" => FlowState.Start,
        "stop" => FlowState.Stop,
        "safe" => FlowState.Safe,
        _ => FlowState.Unknown,
    };

    public static RuntimeSettings Settings(JsonElement root) =>
        new(Text(root, "version") ?? throw new KeyNotFoundException("version"), Text(root, "httpNodeRoot") ?? "/");

    public static IReadOnlyList<NodeSet> NodeSets(JsonElement root) =>
        [.. root.EnumerateArray().Select(NodeSet)];

    public static Diagnostics Diagnostics(JsonElement root)
    {
        var runtime = root.GetProperty("runtime");
        var length = runtime.TryGetProperty("settings", out var settings) && settings.TryGetProperty("apiMaxLength", out var limit)
            ? Bytes(limit.ToString())
            : DefaultMaxLength;
        var modules = runtime.TryGetProperty("modules", out var list) && list.ValueKind == JsonValueKind.Object
            ? list.EnumerateObject().ToDictionary(module => module.Name, module => module.Value.ToString(), StringComparer.Ordinal)
            : [];
        return new Diagnostics(length, modules);
    }

    /// <summary>As Node-RED's body parser reads sizes: "5mb", "100 kb", 1000000; "UNSET" is the default of 5 MB.</summary>
    internal static long Bytes(string size)
    {
        var match = Size().Match(size);
        if (!match.Success || !double.TryParse(match.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return DefaultMaxLength;
        }
        return (long)(number * match.Groups["unit"].Value.ToLowerInvariant() switch
        {
            "kb" => 1L << 10,
            "mb" => 1L << 20,
            "gb" => 1L << 30,
            "tb" => 1L << 40,
            _ => 1L,
        });
    }

    private static NodeSet NodeSet(JsonElement set) => new(
        Text(set, "id") ?? "",
        Text(set, "module") ?? "",
        Text(set, "version") ?? "",
        set.TryGetProperty("types", out var types) && types.ValueKind == JsonValueKind.Array ? [.. types.EnumerateArray().Select(type => type.ToString())] : [],
        set.TryGetProperty("enabled", out var enabled) && enabled.ValueKind == JsonValueKind.True,
        set.TryGetProperty("err", out var error) ? error.ToString() : null);

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex(@"^(?<number>\d+(\.\d+)?)\s*(?<unit>[kmgt]?b)?$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Size();
}
