namespace Pipelines.Storage.Outbox;

/// <summary>Wakes the relay when something nearer than its next appointment was committed.</summary>
internal sealed class OutboxSignal(TimeProvider time)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _nearer = New();
    private DateTimeOffset _appointment = DateTimeOffset.MinValue;
    private bool _missed;

    public void DueAt(DateTimeOffset due)
    {
        lock (_lock)
        {
            // While the relay works it looks again by itself only if it is told.
            if (_appointment == DateTimeOffset.MinValue)
            {
                _missed = true;
            }
            else if (due < _appointment)
            {
                _nearer.TrySetResult();
            }
        }
    }

    /// <summary>Waits until the time, or until something nearer is committed.</summary>
    public async Task WaitUntilAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        Task nearer;
        lock (_lock)
        {
            if (_missed)
            {
                _missed = false;
                return;
            }

            _appointment = until;
            nearer = _nearer.Task;
        }

        var wait = until - time.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(nearer, Task.Delay(wait, time, ended.Token));
            await ended.CancelAsync();
        }

        lock (_lock)
        {
            _appointment = DateTimeOffset.MinValue;
            _nearer = New();
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
