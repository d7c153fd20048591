using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Pipelines.Storage.Tokens;

namespace Pipelines.Service.Http;

/// <summary>Who a bearer token is. Known ones are remembered for a few seconds, so that a revoked one is not believed for longer than that anywhere.</summary>
internal sealed class ApiTokens(TokenStore store, TimeProvider time)
{
    public const string AdminName = "admin";

    private const string Prefix = "pl_";
    private static readonly TimeSpan RememberedFor = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TouchedEvery = TimeSpan.FromMinutes(1);

    // Only tokens that exist get in here, so it stays small.
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public static string NewToken() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public async Task<ApiToken?> FindAsync(string text, CancellationToken cancellationToken)
    {
        var hash = HashOf(text);
        var key = Convert.ToHexString(hash);
        var now = time.GetUtcNow();
        if (!_known.TryGetValue(key, out var known) || known.Until <= now)
        {
            if (await store.FindAsync(hash, cancellationToken) is not { } found)
            {
                _known.TryRemove(key, out _);
                return null;
            }

            known = new Known(found, now + RememberedFor, known?.TouchAfter ?? DateTimeOffset.MinValue);
            _known[key] = known;
        }

        // The index found it by its hash; what is compared here is what it found.
        if (!CryptographicOperations.FixedTimeEquals(known.Token.Hash, hash))
        {
            return null;
        }

        if (known.TouchAfter <= now)
        {
            _known[key] = known with { TouchAfter = now + TouchedEvery };
            await store.TouchAsync(known.Token.Id, cancellationToken);
        }

        return known.Token;
    }

    /// <summary>Forgets what is remembered, after a token was revoked here.</summary>
    public void Forget() => _known.Clear();

    private sealed record Known(ApiToken Token, DateTimeOffset Until, DateTimeOffset TouchAfter);
}
