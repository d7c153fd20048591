using System.Text;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Service.Wiring;

namespace Pipelines.Service.Http;

/// <summary>The keys of a hook at the moment of use: a secret in a file is rotated without a restart.</summary>
internal sealed partial class HookSecrets(ServiceSettings settings, SecretResolver secrets, ILogger<HookSecrets> logger)
{
    /// <summary>The keys that are active now; null when none is configured for this hook.</summary>
    public HookKeys? KeysOf(string pipeline)
    {
        var hook = settings.Hooks.Of(pipeline);
        return hook.Secrets.Count + hook.GithubSecrets.Count == 0
            ? null
            : new HookKeys(
                [.. Usable(pipeline, hook.Secrets, WebhookKey.WhyNot).Select(WebhookKey.Parse).OfType<byte[]>()],
                [.. Usable(pipeline, hook.GithubSecrets, HookSettings.WhyNoGithubSecret).Select(Encoding.UTF8.GetBytes)]);
    }

    private IEnumerable<string> Usable(string pipeline, IReadOnlyList<string> texts, Func<string, SecretResolver, string?> whyNot)
    {
        foreach (var text in texts)
        {
            if (whyNot(text, secrets) is { } why)
            {
                LogUnusable(pipeline, why);
            }
            else
            {
                yield return secrets.Resolve(text).Reveal();
            }
        }
    }

    [LoggerMessage(3020, LogLevel.Error, "A secret of hook {Pipeline} cannot be used: it {Why}")]
    private partial void LogUnusable(string pipeline, string why);
}

/// <summary>The keys of one hook, by who signs with them.</summary>
internal sealed record HookKeys(IReadOnlyList<byte[]> Standard, IReadOnlyList<byte[]> Github);
