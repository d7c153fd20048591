using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipelines.Testing.Postgres;

namespace Pipelines.Benchmarks.Load;

/// <summary>
/// Ten thousand schedules that are due in the same minute: how late their promotions are accepted, while the engine works on those accepted before. Once spread over the minute by
/// their jitter, and once all at its first instant. The floor is one insert of as many rows into a bare table.
/// </summary>
internal static class ManySchedules
{
    private const int Targets = 50;
    private const int OfEachPipeline = 100;
    private const int All = 2 * Targets * OfEachPipeline;

    /// <summary>What a start of the service and its first look at so many definitions may take, before the minute comes.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(25);

    public static async Task RunAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        Console.WriteLine($"\n{All} schedules due in the same minute");
        Console.WriteLine($"{"due",18} {"started",8} {"p50 late s",11} {"p99 late s",11} {"worst s",9} {"floor s",9}");
        await RunAsync("over the minute", "jitter: 1m", postgres, cancellationToken);
        await RunAsync("at one instant", "jitter: 0s", postgres, cancellationToken);
    }

    private static async Task RunAsync(string name, string jitter, PostgresServer postgres, CancellationToken cancellationToken)
    {
        var minute = TimeProvider.System.GetUtcNow() + Ahead;
        minute = minute.AddTicks(-(minute.Ticks % TimeSpan.TicksPerMinute)).AddMinutes(1);
        var targets = await FakeTargets.StartAsync(Targets, 2, more: Schedules(minute, jitter));
        await using var plant = await LoadPlant.StartAsync(postgres, null, targets, cancellationToken);
        var seen = new List<(long Count, DateTimeOffset At)>();
        using (var look = new PeriodicTimer(TimeSpan.FromMilliseconds(25)))
        {
            // Seen from outside: what counts is when it was committed.
            while (seen is not [.., { Count: >= All }] && TimeProvider.System.GetUtcNow() < minute.AddMinutes(5))
            {
                var count = await plant.AskAsync<long>("select count(*) from schedule_run where outcome = 'Started'", cancellationToken);
                seen.Add((count, TimeProvider.System.GetUtcNow()));
                await look.WaitForNextTickAsync(cancellationToken);
            }
        }

        var late = await LatenessAsync(plant, seen, cancellationToken);
        var floor = await FloorAsync(plant, cancellationToken);
        Console.WriteLine(
            $"{name,18} {late.Count,8} {late[late.Count / 2],11:0.00} {late[late.Count * 99 / 100],11:0.00} {late[^1],9:0.00} {floor.TotalSeconds,9:0.00}");
    }

    private static string Schedules(DateTimeOffset minute, string jitter)
    {
        var text = new StringBuilder("schedules:\n");
        for (var i = 0; i < OfEachPipeline; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  s{i}: {{ cron: \"{minute.Minute} {minute.Hour} * * *\", {jitter} }}");
        }

        return text.ToString();
    }

    /// <summary>They start in the order in which they are due, so the one that was seen as the hundredth is the one due as the hundredth.</summary>
    private static async Task<List<double>> LatenessAsync(LoadPlant plant, List<(long Count, DateTimeOffset At)> seen, CancellationToken cancellationToken)
    {
        var late = new List<double>(All);
        await using var command = plant.Database.CreateCommand("select due_at from schedule_run where outcome = 'Started' order by due_at");
        await using var due = await command.ExecuteReaderAsync(cancellationToken);
        var look = 0;
        while (await due.ReadAsync(cancellationToken) && late.Count < seen[^1].Count)
        {
            while (seen[look].Count <= late.Count)
            {
                look++;
            }

            late.Add((seen[look].At - due.GetFieldValue<DateTimeOffset>(0)).TotalSeconds);
        }

        return [.. late.Order()];
    }

    private static async Task<TimeSpan> FloorAsync(LoadPlant plant, CancellationToken cancellationToken)
    {
        await plant.Service.KillAsync();
        await plant.AskAsync<object?>("create table floor (id bigint generated always as identity primary key, body text)", cancellationToken);
        var since = Stopwatch.GetTimestamp();
        await plant.AskAsync<object?>($"insert into floor (body) select 'one row, as a schedule would be' from generate_series(1, {All})", cancellationToken);
        return Stopwatch.GetElapsedTime(since);
    }
}
