using MassTransit;
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

    /// <summary>Does the work, and publishes what came of it: that a person has to mend something, or that it took too long, are answers too.</summary>
    /// <param name="mend">Makes the answer from the sentence about what has to be mended.</param>
    /// <param name="late">Makes the answer when the work was not done in time.</param>
    public static async Task AnswerAsync<T>(
        this ConsumeContext<T> context, TimeProvider time, DateTimeOffset notAfter, Func<CancellationToken, Task<object>> work, Func<string, object> mend, Func<object> late)
        where T : class
    {
        using var until = time.Until(notAfter, context.CancellationToken);
        object answer;
        try
        {
            answer = await work(until.Token);
        }
        catch (Exception e) when (e.IsPersons())
        {
            answer = mend(e.Message);
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            answer = late();
        }

        await context.Publish(answer, answer.GetType(), context.CancellationToken);
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
