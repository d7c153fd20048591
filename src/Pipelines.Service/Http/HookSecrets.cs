using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Service.Wiring;

namespace Pipelines.Service.Http;

/// <summary>The keys of a hook at the moment of use: a secret in a file is rotated without a restart.</summary>
internal sealed partial class HookSecrets(ServiceSettings settings, SecretResolver secrets, ILogger<HookSecrets> logger)
{
    /// <summary>The keys that are active now; null when none is configured for this hook.</summary>
    public IReadOnlyList<byte[]>? KeysOf(string pipeline)
    {
        if (!settings.HookSecrets.TryGetValue(pipeline, out var texts) && !settings.HookSecrets.TryGetValue(ServiceSettings.DefaultHook, out texts))
        {
            return null;
        }

        var keys = new List<byte[]>();
        foreach (var text in texts)
        {
            if (WebhookKey.WhyNot(text, secrets) is { } why)
            {
                LogUnusable(pipeline, why);
            }
            else if (WebhookKey.Parse(secrets.Resolve(text).Reveal()) is { } key)
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    [LoggerMessage(3020, LogLevel.Error, "A secret of hook {Pipeline} cannot be used: it {Why}")]
    private partial void LogUnusable(string pipeline, string why);
}
