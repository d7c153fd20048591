namespace Pipelines.Testing.Stand;

/// <summary>Waits for a condition; when it does not come, says what was waited for, what was seen last, and why that may be.</summary>
public static class Until
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <param name="what">Completes "waited for …".</param>
    /// <param name="look">Null when it is there, else what was seen instead. A refused or broken connection counts as seen.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="explain">Asked only on time-out, for the tail of a log.</param>
    public static async Task TrueAsync(
        string what,
        Func<CancellationToken, Task<string?>> look,
        TimeSpan timeout,
        Func<string>? explain = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        time ??= TimeProvider.System;
        var since = time.GetTimestamp();
        var seen = "nothing";
        while (time.GetElapsedTime(since) < timeout)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(timeout - time.GetElapsedTime(since) + Pause);
            try
            {
                if (await look(patience.Token) is not { } other)
                {
                    return;
                }

                seen = other;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && IsSeen(e))
            {
                seen = $"{e.GetType().Name}: {e.Message}";
            }

            await Task.Delay(Pause, time, cancellationToken);
        }

        throw new TimeoutException($"Waited {timeout.TotalSeconds:0.#} s for {what}; last seen: {seen}.{(explain is null ? "" : $"\n{explain()}")}");
    }

    /// <summary>The same for a condition that can be looked at without asking anybody.</summary>
    public static Task TrueAsync(string what, Func<string?> look, TimeSpan timeout, Func<string>? explain = null, CancellationToken cancellationToken = default) =>
        TrueAsync(what, _ => Task.FromResult(look()), timeout, explain, cancellationToken: cancellationToken);

    private static bool IsSeen(Exception e) =>
        e is HttpRequestException or IOException or System.Net.Sockets.SocketException or OperationCanceledException or System.Text.Json.JsonException;
}
