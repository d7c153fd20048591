using Pipelines.Engine.Definitions.Secrets;

namespace Pipelines.Engine.Instances;

/// <summary>How consumers that ask instances treat time and accidents alike.</summary>
internal static class Patience
{
    /// <summary>Replicas that are asked side by side.</summary>
    public const int AtOnce = 16;

    /// <summary>A token that ends the work when its answer is of no use any more.</summary>
    public static CancellationTokenSource Until(this TimeProvider time, DateTimeOffset notAfter, CancellationToken cancellationToken)
    {
        var left = notAfter - time.GetUtcNow();
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // A linked source cannot take a clock: it is cancelled by one that can.
        var timer = time.CreateTimer(_ => Cancel(source), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        source.Token.Register(timer.Dispose);
        return source;
    }

    /// <summary>Mistakes that a person has to mend, and that asking again does not: their message is the reason.</summary>
    public static bool IsPersons(this Exception exception) => exception is SecretMissingException or FlowsMissingException or KeyNotFoundException;

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The work was done in time.
        }
    }
}
