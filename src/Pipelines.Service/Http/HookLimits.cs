using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Pipelines.Service.Wiring;

namespace Pipelines.Service.Http;

/// <summary>
/// How often a hook may be called, counted in this process. Deliveries that are not believed have a count of their own, so that a stranger cannot use up what is
/// there for those who sign; of them only so many are noted.
/// </summary>
internal sealed class HookLimits(ServiceSettings settings) : IDisposable
{
    private const int NotedStrangersPerMinute = 60;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Pipeline, bool IsBelieved), RateLimiter> _limiters = new();

    /// <exception cref="RefusedException">It was called too often.</exception>
    public void Count(string pipeline)
    {
        using var lease = Of(pipeline, isBelieved: true).AttemptAcquire();
        if (!lease.IsAcquired)
        {
            var pause = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > TimeSpan.Zero ? after : TimeSpan.FromSeconds(1);
            throw new RefusedException(Refusal.TooMany(
                $"The hook of '{pipeline}' takes {settings.Hooks.Of(pipeline).RatePerMinute} deliveries a minute here. Nothing was done; send it again, with the same id, when Retry-After says. "
                + $"The limit is {HookSettings.Section}:{pipeline}:RatePerMinute.",
                pause));
        }
    }

    /// <summary>Whether another delivery of a stranger may be noted.</summary>
    public bool MayNote(string pipeline)
    {
        using var lease = Of(pipeline, isBelieved: false).AttemptAcquire();
        return lease.IsAcquired;
    }

    public void Dispose()
    {
        foreach (var limiter in _limiters.Values)
        {
            limiter.Dispose();
        }
    }

    private RateLimiter Of(string pipeline, bool isBelieved) => _limiters.GetOrAdd((pipeline, isBelieved), key =>
    {
        var rate = key.IsBelieved ? settings.Hooks.Of(key.Pipeline).RatePerMinute ?? HookSettings.UsualRate : NotedStrangersPerMinute;
        return rate == 0
            ? new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = int.MaxValue })
            : new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
            {
                TokenLimit = rate,
                TokensPerPeriod = Math.Max(1, rate / 60),
                ReplenishmentPeriod = Minute / Math.Min(rate, 60),
            });
    });
}
