using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand.RabbitMq;

/// <summary>The server script itself, not Debian's wrapper, which insists on its own user.</summary>
internal sealed record RabbitMqBinaries(string ServerScript, string Epmd)
{
    // No service may be started by the install: what the stand needs, it starts itself, on its own ports.
    private const string AptInstall = """
        export DEBIAN_FRONTEND=noninteractive
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d
            trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        fi
        apt-get update -q && apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 rabbitmq-server
        """;

    public static RabbitMqBinaries? Find()
    {
        const string root = "/usr/lib/rabbitmq/lib";
        var script = Directory.Exists(root)
            ? Directory.GetDirectories(root, "rabbitmq_server-*").Order().Select(folder => Path.Combine(folder, "sbin", "rabbitmq-server")).LastOrDefault(File.Exists)
            : null;
        var epmd = OnPath("epmd");
        return script is null || epmd is null ? null : new RabbitMqBinaries(script, epmd);
    }

    /// <summary>Installs Debian's package as root or by a sudo that asks nothing; tells what happened when it could not.</summary>
    public static async Task<string?> TryInstallAsync(CancellationToken cancellationToken)
    {
        if (OnPath("apt-get") is null)
        {
            return "no apt-get on this machine";
        }

        string[] command = Environment.IsPrivilegedProcess ? ["sh", "-c", AptInstall] : ["sudo", "-n", "sh", "-c", AptInstall];
        if (OnPath(command[0]) is null)
        {
            return "not root, and no sudo";
        }

        using var held = await FileLock.TakeAsync(Path.Combine(Path.GetTempPath(), "pipelines-rabbitmq-install.lock"), TimeSpan.FromMinutes(5), cancellationToken);
        if (Find() is not null)
        {
            return null;
        }

        var installed = await Command.RunAsync(new ChildProcessOptions("apt-get install rabbitmq-server", command[0], command[1..]), TimeSpan.FromMinutes(4), cancellationToken);
        return installed.Ok && Find() is not null ? null : $"apt-get install rabbitmq-server: {installed}";
    }

    public static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
