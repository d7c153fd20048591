using Pipelines.Service.Http;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Reading;
using Pipelines.Storage.Tokens;

namespace Pipelines.Service.Wiring;

/// <summary>Stores the hash of the token that the configuration gives, once the database is there.</summary>
internal sealed partial class AdminTokenKeeper(ServiceSettings settings, IStorageReadiness storage, TokenStore tokens, TimeProvider time, ILogger<AdminTokenKeeper> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private volatile bool _isStored;

    public bool IsStored => _isStored;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await storage.WhenReadyAsync(stoppingToken);
            if (settings.AdminToken is { } token)
            {
                await StoreAsync(ApiTokens.HashOf(token.Reveal()), stoppingToken);
            }

            _isStored = true;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It stops before it was ever ready.
        }
    }

    private async Task StoreAsync(byte[] hash, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await tokens.KeepAsync(ApiTokens.AdminName, hash, [Scopes.Administer], cancellationToken))
                {
                    LogStored(ApiTokens.AdminName);
                }

                return;
            }
            catch (Exception e) when (StorageTrouble.IsAway(e))
            {
                LogLater(e.Message);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "The token '{Name}' of the settings is stored by its hash.")]
    private partial void LogStored(string name);

    [LoggerMessage(3002, LogLevel.Warning, "The token of the settings is not stored yet: {Reason}")]
    private partial void LogLater(string reason);
}
