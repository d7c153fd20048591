using System.Security.Cryptography;
using Pipelines.Engine.Definitions.Secrets;

namespace Pipelines.Service.Http;

/// <summary>The key of a Standard Webhooks secret: base64 of 24 to 64 bytes behind <c>whsec_</c>.</summary>
internal static class WebhookKey
{
    private const string Prefix = "whsec_";
    private const int Shortest = 24;
    private const int Longest = 64;
    private const int NewLength = 32;

    /// <summary>The key, or null when the text is no such secret.</summary>
    public static byte[]? Parse(string secret)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var text = secret.AsSpan(Prefix.Length);
        var key = new byte[text.Length];
        return Convert.TryFromBase64Chars(text, key, out var length) && length is >= Shortest and <= Longest ? key[..length] : null;
    }

    public static string New() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(NewLength));

    /// <summary>Why a setting is no secret, as the second half of a sentence; null when it is one. The value is never repeated.</summary>
    public static string? WhyNot(string setting, SecretResolver secrets)
    {
        try
        {
            return Parse(secrets.Resolve(setting).Reveal()) is null
                ? $"is no webhook secret. It is {Prefix} and the base64 of {Shortest} to {Longest} bytes, or a reference to one; make one with: echo {Prefix}$(openssl rand -base64 32)."
                : null;
        }
        catch (SecretMissingException e)
        {
            return $"points to nothing: {e.Message}";
        }
    }
}
