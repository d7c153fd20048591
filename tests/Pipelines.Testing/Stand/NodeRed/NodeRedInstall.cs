using System.Security.Cryptography;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand.NodeRed;

/// <summary>The Node-RED named in <c>node-red/package-lock.json</c>, installed once for each content of that file.</summary>
public sealed class NodeRedInstall
{
    private static readonly Version Oldest = new(18, 5);
    private static readonly string Source = Path.Combine(Repository.Testing, "Stand", "node-red");

    private NodeRedInstall(string folder) => Folder = folder;

    public string Folder { get; }

    public string Script => Path.Combine(Folder, "node_modules", "node-red", "red.js");

    /// <summary>Real flows from all over Node-RED, as its authors publish them with it.</summary>
    public string Examples => Path.Combine(Folder, "node_modules", "@node-red", "nodes", "examples");

    public static string Settings => Path.Combine(Source, "settings.js");

    public static async Task<NodeRedInstall> EnsureAsync(CancellationToken cancellationToken = default)
    {
        await RequireNodeAsync(cancellationToken);
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Source, "package-lock.json"), cancellationToken)))[..16];
        var folder = Path.Combine(Repository.Artifacts, "node-red", hash);
        using var held = await FileLock.TakeAsync($"{folder}.lock", TimeSpan.FromMinutes(6), cancellationToken);
        var done = Path.Combine(folder, "installed");
        if (!File.Exists(done))
        {
            await InstallAsync(folder, cancellationToken);
            await File.WriteAllTextAsync(done, "npm ci went through\n", cancellationToken);
        }

        return new NodeRedInstall(folder);
    }

    private static async Task InstallAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in new[] { "package.json", "package-lock.json", ".npmrc" })
        {
            File.Copy(Path.Combine(Source, file), Path.Combine(folder, file), overwrite: true);
        }

        var options = new ChildProcessOptions("npm ci", "npm", "ci", "--omit=dev", "--no-audit", "--no-fund", "--prefer-offline", "--no-progress") { WorkingDirectory = folder };
        var result = await Command.RunAsync(options, TimeSpan.FromMinutes(2), cancellationToken);
        if (!result.Ok)
        {
            // A registry that did not answer in time often does the second time; a refusal stays one.
            result = await Command.RunAsync(options, TimeSpan.FromMinutes(3), cancellationToken);
        }

        if (!result.Ok)
        {
            throw new InvalidOperationException($"npm could not install Node-RED into {folder}. Check that npm reaches its registry (npm ping). It said: {result}");
        }
    }

    private static async Task RequireNodeAsync(CancellationToken cancellationToken)
    {
        const string cure = "Install Node.js 18.5 or newer (20 LTS is what the stand is tried on) with npm, and put both on the PATH.";
        var result = await Command.RunAsync(new("node --version", "node", "--version"), TimeSpan.FromSeconds(20), cancellationToken);
        if (!result.Ok || !Version.TryParse(result.Output.Trim().TrimStart('v'), out var version) || version < Oldest)
        {
            throw new InvalidOperationException($"The stand's Node-RED needs Node.js {Oldest} and found {result}. {cure}");
        }
    }
}
