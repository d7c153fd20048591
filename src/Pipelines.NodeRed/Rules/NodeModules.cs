using System.Collections.Frozen;

namespace Pipelines.NodeRed.Rules;

/// <summary>The modules that Node.js itself brings: they are on every replica.</summary>
internal static class NodeModules
{
    private static readonly FrozenSet<string> BuiltIn = new[]
    {
        "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram", "diagnostics_channel", "dns", "domain",
        "events", "fs", "http", "http2", "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode", "querystring", "readline",
        "repl", "stream", "string_decoder", "sys", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool IsBuiltIn(string module) =>
        module.StartsWith("node:", StringComparison.Ordinal) || BuiltIn.Contains(module.Split('/')[0]);
}
