using Pipelines.DatabaseTests;

/// <summary>
/// Runs before Main when DOTNET_STARTUP_HOOKS names this assembly: so the tests' own program can be a process of the plant, to be killed.
/// The runtime wants this name, without a namespace.
/// </summary>
#pragma warning disable CA1050, MA0047
internal static class StartupHook
#pragma warning restore CA1050, MA0047
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(KillTests.ChildDatabase) is { Length: > 0 } database)
        {
            KillTests.RunChildAsync(database).GetAwaiter().GetResult();
            Environment.Exit(0);
        }
    }
}
