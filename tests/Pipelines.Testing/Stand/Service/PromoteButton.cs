using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Testing.Stand.Service;

/// <summary>The platform's promote button: a signed webhook by the Standard Webhooks specification. Written apart from the service's own check, so that the two prove each other.</summary>
public sealed class PromoteButton(Uri service, string pipeline, string secret, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>A secret as a platform would hand it out.</summary>
    public static string NewSecret() => $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>The delivery that pressing the button sends; the same id again is the same press, delivered again.</summary>
    public HttpRequestMessage Delivery(string id, string body = "{}")
    {
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var signature = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")));
        return new HttpRequestMessage(HttpMethod.Post, new Uri(service, $"hooks/{pipeline}"))
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            Headers = { { "webhook-id", id }, { "webhook-timestamp", $"{timestamp}" }, { "webhook-signature", $"v1,{signature}" } },
        };
    }

    /// <summary>The same delivery as something to paste into a shell; its signature holds for five minutes, so it computes its own.</summary>
    public string AsCurl() =>
        $$"""
        id="msg_$(date +%s%N)"; ts=$(date +%s); body='{}'
        sig=$(printf '%s.%s.%s' "$id" "$ts" "$body" | openssl dgst -sha256 -mac HMAC -macopt hexkey:{{Convert.ToHexStringLower(Convert.FromBase64String(secret["whsec_".Length..]))}} -binary | base64)
        curl -i -X POST {{new Uri(service, $"hooks/{pipeline}")}} -H "webhook-id: $id" -H "webhook-timestamp: $ts" -H "webhook-signature: v1,$sig" -H 'content-type: application/json' -d "$body"
        """;
}
