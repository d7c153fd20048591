namespace Pipelines.Cli;

/// <summary>What a script may rely on.</summary>
internal static class ExitCode
{
    public const int Clean = 0;

    /// <summary>Findings at or over the threshold; for <c>diff</c>: the flows differ.</summary>
    public const int Findings = 1;

    /// <summary>The input could not be used.</summary>
    public const int Unusable = 2;

    /// <summary>The command was not understood.</summary>
    public const int Usage = 64;
}
