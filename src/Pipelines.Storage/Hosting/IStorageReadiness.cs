namespace Pipelines.Storage.Hosting;

/// <summary>Whether the storage works: the database answers, is migrated, and the bus has been started on it. For /health/ready.</summary>
public interface IStorageReadiness
{
    StorageState Current { get; }

    /// <summary>Waits until the storage is ready for the first time from now.</summary>
    Task WhenReadyAsync(CancellationToken cancellationToken = default);
}

/// <param name="IsReady">Whether work can be done.</param>
/// <param name="Reason">What is waited for, for people.</param>
public sealed record StorageState(bool IsReady, string Reason)
{
    internal static StorageState Ready { get; } = new(true, "ready");

    internal static StorageState Waiting(string reason) => new(false, reason);
}

internal sealed class StorageReadiness : IStorageReadiness
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _ready = New();
    private volatile StorageState _current = StorageState.Waiting("The storage has not been started.");

    public StorageState Current => _current;

    public Task WhenReadyAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return _ready.Task.WaitAsync(cancellationToken);
        }
    }

    public void Report(StorageState state)
    {
        lock (_lock)
        {
            var was = _current.IsReady;
            _current = state;
            if (state.IsReady)
            {
                _ready.TrySetResult();
            }
            else if (was)
            {
                _ready = New();
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
