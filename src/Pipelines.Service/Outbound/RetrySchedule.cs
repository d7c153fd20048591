namespace Pipelines.Service.Outbound;

/// <summary>When a delivery is tried: the schedule that Standard Webhooks publishes, some three days in all. Never sooner than it says, and up to a fifth later, so that what failed together does not come back together.</summary>
internal static class RetrySchedule
{
    private const double Jitter = 0.2;

    /// <summary>The pause before each try.</summary>
    public static readonly IReadOnlyList<TimeSpan> Pauses =
    [
        TimeSpan.Zero, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10),
        TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>A subscriber may ask for a pause, and for no longer one than ours.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromHours(24);

    /// <summary>The pause after so many tries; null when there are no more.</summary>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan? After(int tries, double random) => tries < Pauses.Count ? Pauses[tries] * (1 + (Jitter * random)) : null;
}
