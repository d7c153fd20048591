namespace Pipelines.Testing.Stand.NodeRed;

/// <summary>The Node-RED named in <c>node-red/package-lock.json</c>, installed once for each content of that file.</summary>
public sealed class NodeRedInstall
{
    private static readonly string Source = Path.Combine(Repository.Testing, "Stand", "node-red");

    private NodeRedInstall(string folder) => Folder = folder;

    public string Folder { get; }

    public string Script => Path.Combine(Folder, "node_modules", "node-red", "red.js");

    /// <summary>Real flows from all over Node-RED, as its authors publish them with it.</summary>
    public string Examples => Path.Combine(Folder, "node_modules", "@node-red", "nodes", "examples");

    public static string Settings => Path.Combine(Source, "settings.js");

    public static async Task<NodeRedInstall> EnsureAsync(CancellationToken cancellationToken = default) =>
        new(await NpmInstall.EnsureAsync("node-red", Source, cancellationToken));
}
