using System.Globalization;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Service.Http;
using Pipelines.Service.Wiring;

namespace Pipelines.Service.Broker;

/// <summary>Who sent a message, if anybody who may be believed did.</summary>
internal sealed class CommandSenders(ServiceSettings settings, SecretResolver secrets, TimeProvider time)
{
    /// <summary>A signed message may have waited in the queue for an engine; its id, not its age, is what keeps it from being done twice.</summary>
    private static readonly TimeSpan OldestSignature = TimeSpan.FromDays(1);

    /// <summary>The sender, or null. The broker's word on the user counts first, then a signature.</summary>
    public CommandSender? Of(CommandMessage message)
    {
        if (message.User is { Length: > 0 } user && settings.CommandSenders.FirstOrDefault(x => x.User == user) is { } known)
        {
            return known;
        }

        if (message.Header(StandardWebhook.SignatureHeader) is not { } signatures || message.Header(StandardWebhook.TimestampHeader) is not { } timestamp)
        {
            return null;
        }

        return settings.CommandSenders.FirstOrDefault(x => IsSigned(message, timestamp, signatures, KeysOf(x)));
    }

    private bool IsSigned(CommandMessage message, string timestamp, string signatures, List<byte[]> keys)
    {
        var now = time.GetUtcNow();
        if (keys.Count == 0 || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return false;
        }

        // A webhook must be fresh; what was signed within the day is judged as of the moment it was signed.
        var age = now.ToUnixTimeSeconds() - seconds;
        var asOf = age > 0 && age <= OldestSignature.TotalSeconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : now;
        return StandardWebhook.WhyNot(message.Header(StandardWebhook.IdHeader) ?? message.Id, timestamp, signatures, message.Body.Span, keys, asOf) is null;
    }

    private List<byte[]> KeysOf(CommandSender sender)
    {
        var keys = new List<byte[]>();
        foreach (var text in sender.Secrets)
        {
            if (WebhookKey.WhyNot(text, secrets) is null && WebhookKey.Parse(secrets.Resolve(text).Reveal()) is { } key)
            {
                keys.Add(key);
            }
        }

        return keys;
    }
}
