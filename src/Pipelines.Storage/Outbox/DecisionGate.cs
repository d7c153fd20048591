namespace Pipelines.Storage.Outbox;

/// <summary>
/// The machines of a process share its processors, so they share the places here. Somebody who waits for an answer takes a place without waiting for one: decisions
/// step back, down to one at a time.
/// </summary>
internal sealed class DecisionGate(int places, TimeProvider time)
{
    /// <summary>A place may be held by who waits for a lock of a process that stands still, and that must not hold up everybody else.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _line = [];
    private int _deciding;
    private int _answering;

    /// <summary>How many are deciding.</summary>
    internal int Deciding => Volatile.Read(ref _deciding);

    /// <summary>How many are being answered.</summary>
    internal int Answering => Volatile.Read(ref _answering);

    /// <summary>Waits for a place, first come, first served, and for <see cref="Patience"/> at most.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up; there is no place to give back.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (_line.Count == 0 && HasPlace)
            {
                _deciding++;
                return new Place(LeaveDecision);
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _line.AddLast(turn);
        }

        try
        {
            await turn.Task.WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // One place too many, for as long as it takes.
            Leave(() => _deciding += _line.Remove(turn) ? 1 : 0);
        }
        catch (OperationCanceledException)
        {
            // Who has been let in meanwhile gives the place back.
            Leave(() => _deciding -= _line.Remove(turn) ? 0 : 1);
            throw;
        }

        return new Place(LeaveDecision);
    }

    /// <summary>Takes a place at once, for as long as somebody waits for an answer.</summary>
    public IDisposable Answer()
    {
        lock (_lock)
        {
            _answering++;
        }

        return new Place(() => Leave(() => _answering--));
    }

    private bool HasPlace => _deciding < Math.Max(1, places - _answering);

    private void LeaveDecision() => Leave(() => _deciding--);

    private void Leave(Action change)
    {
        lock (_lock)
        {
            change();
            while (_line.First is { } first && HasPlace)
            {
                _line.RemoveFirst();
                _deciding++;
                first.Value.SetResult();
            }
        }
    }

    /// <summary>Given back once, however often it is disposed of.</summary>
    private sealed class Place(Action leave) : IDisposable
    {
        private Action? _leave = leave;

        public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
    }
}
