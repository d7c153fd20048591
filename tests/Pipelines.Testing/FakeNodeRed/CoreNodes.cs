namespace Pipelines.Testing;

/// <summary>The node sets of a bare Node-RED 4.1.15, as it lists them.</summary>
internal static class CoreNodes
{
    public static IReadOnlyList<(string Name, string[] Types)> Sets { get; } =
    [
        ("junction", ["junction"]),
        ("inject", ["inject"]),
        ("debug", ["debug"]),
        ("complete", ["complete"]),
        ("catch", ["catch"]),
        ("status", ["status"]),
        ("link", ["link in", "link out", "link call"]),
        ("comment", ["comment"]),
        ("global-config", ["global-config"]),
        ("unknown", ["unknown"]),
        ("function", ["function"]),
        ("switch", ["switch"]),
        ("change", ["change"]),
        ("range", ["range"]),
        ("template", ["template"]),
        ("delay", ["delay"]),
        ("trigger", ["trigger"]),
        ("exec", ["exec"]),
        ("rbe", ["rbe"]),
        ("tls", ["tls-config"]),
        ("httpproxy", ["http proxy"]),
        ("mqtt", ["mqtt-broker", "mqtt in", "mqtt out"]),
        ("httpin", ["http in", "http response"]),
        ("httprequest", ["http request"]),
        ("websocket", ["websocket-listener", "websocket-client", "websocket in", "websocket out"]),
        ("tcpin", ["tcp in", "tcp out", "tcp request"]),
        ("udp", ["udp in", "udp out"]),
        ("CSV", ["csv"]),
        ("HTML", ["html"]),
        ("JSON", ["json"]),
        ("XML", ["xml"]),
        ("YAML", ["yaml"]),
        ("split", ["split", "join"]),
        ("sort", ["sort"]),
        ("batch", ["batch"]),
        ("file", ["file", "file in"]),
        ("watch", ["watch"]),
    ];
}
