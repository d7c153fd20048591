using System.Runtime.InteropServices;

namespace Pipelines.Testing.Stand.Processes;

internal static class Signals
{
    // A group that is gone already answers ESRCH, which is what the sender wanted.
    public static void SendToGroup(int group, int signal) => _ = Kill(-group, signal);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
