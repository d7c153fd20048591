using System.Diagnostics;
using Npgsql;
using NUnit.Framework;

namespace Pipelines.DatabaseTests;

/// <summary>A wait has a condition, and can say what it waited for.</summary>
internal static class Eventually
{
    public static Task HoldsAsync(Func<bool> condition, Func<string> otherwise, int seconds = 20) =>
        HoldsAsync(() => Task.FromResult(condition()), otherwise, seconds);

    public static Task HoldsAsync(Func<Task<bool>> condition, Func<string> otherwise, int seconds = 20) =>
        HoldsAsync(condition, () => Task.FromResult(otherwise()), seconds);

    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<Task<string>> otherwise, int seconds = 20)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (NpgsqlException) when (since.Elapsed < TimeSpan.FromSeconds(seconds))
            {
                // The database may be away in a fault test; the condition simply does not hold yet.
            }

            if (since.Elapsed > TimeSpan.FromSeconds(seconds))
            {
                Assert.Fail($"After {seconds} s: {await otherwise()}");
            }

            await Task.Delay(10);
        }
    }
}
