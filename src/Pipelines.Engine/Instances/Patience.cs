using System.Text.Json;
using MassTransit;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Instances;

/// <summary>How consumers that ask instances treat time and accidents alike.</summary>
internal static class Patience
{
    /// <summary>Replicas that are asked side by side.</summary>
    public const int AtOnce = 16;

    /// <summary>Does the work, and publishes what came of it: that a person has to mend something, or that it took too long, are answers too.</summary>
    /// <param name="mend">Makes the answer from the sentence about what has to be mended.</param>
    /// <param name="late">Makes the answer when the work was not done in time.</param>
    public static async Task AnswerAsync<T>(
        this ConsumeContext<T> context, TimeProvider time, DateTimeOffset notAfter, Func<CancellationToken, Task<object>> work, Func<string, object> mend, Func<object> late)
        where T : class
    {
        using var clock = time.Until(notAfter);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, context.CancellationToken);
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

        CrashPoint.Here("answer", answer.GetType().Name);
        await context.Publish(answer, answer.GetType(), context.CancellationToken);
    }

    /// <summary>Mistakes that a person has to mend, and that asking again does not: their message is the reason.</summary>
    public static bool IsPersons(this Exception exception) =>
        exception is SecretMissingException or FlowsMissingException or KeyNotFoundException or InvalidDataException or ArgumentException or FormatException or JsonException;

    /// <summary>A token that ends the work when its answer is of no use any more.</summary>
    public static CancellationTokenSource Until(this TimeProvider time, DateTimeOffset notAfter)
    {
        var left = notAfter - time.GetUtcNow();
        return new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
    }
}
