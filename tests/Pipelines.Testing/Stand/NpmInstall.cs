using System.Security.Cryptography;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand;

/// <summary>What a <c>package-lock.json</c> names, installed once for each content of that file.</summary>
internal static class NpmInstall
{
    private static readonly Version Oldest = new(18, 5);

    /// <param name="name">The folder below the artifacts.</param>
    /// <param name="source">Where package.json, package-lock.json and .npmrc are.</param>
    /// <returns>The folder with node_modules.</returns>
    public static async Task<string> EnsureAsync(string name, string source, CancellationToken cancellationToken)
    {
        await RequireNodeAsync(cancellationToken);
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"), cancellationToken)))[..16];
        var folder = Path.Combine(Repository.Artifacts, name, hash);
        using var held = await FileLock.TakeAsync($"{folder}.lock", TimeSpan.FromMinutes(6), cancellationToken);
        var done = Path.Combine(folder, "installed");
        if (!File.Exists(done))
        {
            await InstallAsync(source, folder, cancellationToken);
            await File.WriteAllTextAsync(done, "npm ci went through\n", cancellationToken);
        }

        return folder;
    }

    private static async Task InstallAsync(string source, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in new[] { "package.json", "package-lock.json", ".npmrc" })
        {
            File.Copy(Path.Combine(source, file), Path.Combine(folder, file), overwrite: true);
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
            throw new InvalidOperationException($"npm could not install into {folder} what {source} names. Check that npm reaches its registry (npm ping). It said: {result}");
        }
    }

    private static async Task RequireNodeAsync(CancellationToken cancellationToken)
    {
        const string cure = "Install Node.js 18.5 or newer (20 LTS is what the stand is tried on) with npm, and put both on the PATH.";
        var result = await Command.RunAsync(new("node --version", "node", "--version"), TimeSpan.FromSeconds(20), cancellationToken);
        if (!result.Ok || !Version.TryParse(result.Output.Trim().TrimStart('v'), out var version) || version < Oldest)
        {
            throw new InvalidOperationException($"The stand needs Node.js {Oldest} and found {result}. {cure}");
        }
    }
}
