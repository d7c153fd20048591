using System.Diagnostics;
using System.Text.Json;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Flows;
using Pipelines.Testing.Stand.NodeRed;
using Pipelines.Testing.Stand.Service;

namespace Pipelines.Benchmarks.Promotions;

/// <summary>
/// From the moment the webhook is sent to the promotion's end, without soak, on real replicas; against the same calls made bare, in turn, in the same run.
/// </summary>
internal static class PromotionAgainstRawCalls
{
    private const int Rounds = 15;
    private static readonly int[] Sizes = [50, 500, 5000];

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var stand = await TestStand.StartAsync(new StandOptions { MaxOldSpace = 1024 }, cancellationToken);
        Console.WriteLine($"PostgreSQL: {stand.Postgres.Source}; in-memory transport; {stand.Production.Replicas.Count} replicas; medians of {Rounds} rounds after 3 to warm up");
        Console.WriteLine($"{"nodes",6} {"promotion ms",14} {"raw calls ms",14} {"ratio",7} {"calls",6}   where the promotion's time goes");
        foreach (var size in Sizes)
        {
            await MeasureAsync(stand, size, cancellationToken);
        }
    }

    private static async Task MeasureAsync(TestStand stand, int size, CancellationToken cancellationToken)
    {
        var secret = PromoteButton.NewSecret();
        using var definitions = StandDefinitions.Write(stand.Development, stand.Production.Replicas, "soak: 0s");
        await using var service = await ServiceProcess.StartAsync(
            new ServiceOptions(await stand.CreateDatabaseAsync("bench", cancellationToken))
            {
                Definitions = definitions.Folder,
                Environment = new Dictionary<string, string?>(definitions.Environment) { [$"Pipelines__Hooks__{StandDefinitions.Pipeline}__Secrets__0"] = secret },
            },
            cancellationToken);
        using var promotions = new PromotionClient(service);
        using var raw = new RawCalls();
        var button = new PromoteButton(service.Url, StandDefinitions.Pipeline, secret);
        var (engine, floor) = (new List<double>(), new List<double>());
        var parts = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        var version = 0;
        for (var round = -3; round < Rounds; round++)
        {
            // Both take turns on the same Node-REDs, so that a machine that slows down slows both.
            await NextVersionAsync(stand.Development, size, ++version, cancellationToken);
            var took = await PromoteAsync(promotions, button, round < 0 ? null : parts, cancellationToken);
            await NextVersionAsync(stand.Development, size, ++version, cancellationToken);
            var since = Stopwatch.GetTimestamp();
            await raw.PromoteAsync(stand.Development, stand.Production.Replicas, cancellationToken);
            if (round >= 0)
            {
                engine.Add(took);
                floor.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            }
        }

        var ratio = Median([.. engine.Zip(floor, (one, other) => one / other)]);
        Console.WriteLine(
            $"{size,6} {Median(engine),14:0.0} {Median(floor),14:0.0} {ratio,7:0.00} {raw.Calls,6}   {string.Join(", ", parts.Select(part => $"{part.Key} {Median(part.Value):0.0}"))}");
    }

    private static async Task NextVersionAsync(NodeRedProcess development, int size, int version, CancellationToken cancellationToken)
    {
        await development.Admin.DeployAsync(SyntheticFlows.FlowsOf(size, $"{version}"), cancellationToken);
        await development.RunningAsync(cancellationToken);
    }

    private static async Task<double> PromoteAsync(PromotionClient promotions, PromoteButton button, Dictionary<string, List<double>>? parts, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetUtcNow();
        var promotion = await promotions.PressAsync(button, cancellationToken: cancellationToken);
        // The end is when the engine wrote it down, not when somebody who polls has seen it.
        await foreach (var _ in promotions.ListenAsync(promotion, cancellationToken))
        {
        }

        var ended = await promotions.GetAsync(promotion, cancellationToken);
        if (ended.GetProperty("state").GetString() != "Succeeded")
        {
            throw new InvalidOperationException($"A promotion of the benchmark did not succeed: {ended.GetRawText()}");
        }

        var end = ended.GetProperty("endedAt").GetDateTimeOffset();
        if (parts is not null)
        {
            Add(parts, "webhook", ended.GetProperty("acceptedAt").GetDateTimeOffset() - started);
            foreach (var stage in ended.GetProperty("stages").EnumerateArray())
            {
                Add(parts, stage.GetProperty("kind").GetString()!, Instant(stage, "endedAt") - Instant(stage, "startedAt"));
            }
        }

        return (end - started).TotalMilliseconds;
    }

    private static DateTimeOffset Instant(JsonElement element, string property) => element.GetProperty(property).GetDateTimeOffset();

    private static void Add(Dictionary<string, List<double>> parts, string part, TimeSpan took)
    {
        if (!parts.TryGetValue(part, out var list))
        {
            parts[part] = list = [];
        }

        list.Add(took.TotalMilliseconds);
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[sorted.Count / 2];
    }
}
