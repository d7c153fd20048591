using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Definitions;

/// <summary>Notices, while the engine runs, that the files changed, and has the shelf take them up once they are quiet.</summary>
public sealed partial class DefinitionWatch(DefinitionShelf shelf, DefinitionOptions options, TimeProvider time, ILogger<DefinitionWatch> logger) : BackgroundService
{
    private readonly SemaphoreSlim _stirred = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watcher = Watch();
        while (true)
        {
            await StirredOrPolled(stoppingToken);
            if (!shelf.HasChanged(out var digest))
            {
                continue;
            }

            if (await IsQuiet(digest, stoppingToken))
            {
                shelf.Reload();
            }
        }
    }

    public override void Dispose()
    {
        _stirred.Dispose();
        base.Dispose();
    }

    /// <summary>Waits until the files have stayed the same for a while; false when they are back to what is known.</summary>
    private async Task<bool> IsQuiet(string digest, CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(options.Quiet, time, stoppingToken);
            if (!shelf.HasChanged(out var now))
            {
                return false;
            }

            if (now == digest)
            {
                return true;
            }

            digest = now;
        }
    }

    private async Task StirredOrPolled(CancellationToken stoppingToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var stirred = _stirred.WaitAsync(over.Token);
        await Task.WhenAny(stirred, Task.Delay(options.PollInterval, time, over.Token));
        await over.CancelAsync();
        // The semaphore may have been taken in the same moment: that counts.
        await stirred.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        stoppingToken.ThrowIfCancellationRequested();
    }

    private FileSystemWatcher? Watch()
    {
        try
        {
            var watcher = new FileSystemWatcher(options.Folder);
            watcher.Changed += (_, _) => Stir();
            watcher.Created += (_, _) => Stir();
            watcher.Deleted += (_, _) => Stir();
            watcher.Renamed += (_, _) => Stir();
            watcher.Error += (_, _) => Stir();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException or PlatformNotSupportedException)
        {
            LogNoEvents(e.Message, options.PollInterval);
            return null;
        }
    }

    private void Stir()
    {
        try
        {
            _stirred.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody has stirred already, or nobody listens any more.
        }
    }

    [LoggerMessage(1203, LogLevel.Warning, "The folder of definitions raises no events ({Reason}); it is read every {PollInterval}.")]
    private partial void LogNoEvents(string reason, TimeSpan pollInterval);
}
