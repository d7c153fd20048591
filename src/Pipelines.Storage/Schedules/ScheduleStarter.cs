using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Triggers;
using Pipelines.Engine.Triggers.Schedules;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Promotions;

namespace Pipelines.Storage.Schedules;

/// <summary>
/// Starts what is due. A promotion, the note of it and the schedule's next time are one transaction: who dies in between has done nothing, and another process
/// does it. Any number of processes may be at it; a time is decided by whoever has the schedule's row in hand while it still stands at that time.
/// </summary>
internal sealed partial class ScheduleStarter(
    IServiceScopeFactory scopes, WhetherChanged changes, KnownPins pins, StorageMetrics metrics, PipelinesStorageOptions options, TimeProvider time, ILogger<ScheduleStarter> logger)
{
    /// <summary>Schedules that are asked for side by side.</summary>
    private const int AtOnce = 16;

    private readonly ConcurrentDictionary<string, bool> _strange = new(StringComparer.Ordinal);
    private ScheduleBook? _book;

    /// <summary>Those that are due and of which this process has another text, or none.</summary>
    public string[] Strange => [.. _strange.Keys];

    /// <summary>From now on it goes by these.</summary>
    public void Use(ScheduleBook book)
    {
        if (!ReferenceEquals(Interlocked.Exchange(ref _book, book), book))
        {
            _strange.Clear();
        }
    }

    /// <summary>Starts those that need nobody to be asked, many in one transaction.</summary>
    /// <returns>How many were taken in hand.</returns>
    public async Task<int> StartTogetherAsync(ScheduleBook book, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        var now = time.GetUtcNow();
        var claimed = await unit.QueryAsync<ClaimedSchedule>(ScheduleSql.Claim, new { now, strange = Strange, limit = options.Schedules.BatchSize }, cancellationToken);
        var mine = Mine(book, claimed);
        if (mine.Count == 0)
        {
            await unit.RollbackAsync();
            return claimed.Count;
        }

        // A full batch says that more are due: they are started before anybody works on these.
        unit.RelayedFrom = claimed.Count < options.Schedules.BatchSize ? now : now + options.Schedules.BurstHeldBack;

        var notes = new ScheduleNotes();
        var standings = (await StandingAsync(unit, mine.Select(x => x.Schedule), cancellationToken)).ToDictionary(x => (x.Pipeline, x.Name));
        foreach (var (schedule, row) in mine)
        {
            notes.Decide(schedule, standings[(row.Pipeline, row.Name)], Came(schedule, row.NominalAt, now));
        }

        var started = await scope.ServiceProvider.GetRequiredService<ScheduledStarts>().AcceptAsync(notes.Starts, now, cancellationToken);
        notes.WriteLater(unit, now);
        await unit.CommitAsync(cancellationToken);
        pins.Add(notes.Starts.Select(x => x.Schedule.Pinned.Definition.PinDigest));
        foreach (var pipeline in started)
        {
            metrics.Accepted(pipeline, Schedule.Trigger);
        }

        Tell(notes, started.Count);
        return claimed.Count;
    }

    /// <summary>Starts those for which instances are asked first, or whose pipeline looks at who else is at its target.</summary>
    public async Task<int> StartAloneAsync(ScheduleBook book, CancellationToken cancellationToken)
    {
        var claimed = await ClaimAsync(ScheduleSql.ClaimAlone, cancellationToken);
        await EachAsync(Mine(book, claimed), (schedule, row, token) => StartOneAsync(schedule, row, waited: false, token), cancellationToken);
        return claimed.Count;
    }

    /// <summary>Starts what has waited for the end of the promotion before it.</summary>
    public async Task<int> StartWaitingAsync(ScheduleBook book, CancellationToken cancellationToken)
    {
        var claimed = await ClaimAsync(ScheduleSql.ClaimWaiting, cancellationToken);
        await EachAsync(Mine(book, claimed), (schedule, row, token) => StartOneAsync(schedule, row, waited: true, token), cancellationToken);
        return claimed.Count;
    }

    private async Task StartOneAsync(Schedule schedule, ClaimedSchedule row, bool waited, CancellationToken cancellationToken)
    {
        (ScheduleOutcome, string)? instead = null;
        if (schedule.Definition.OnlyWhenChanged && await changes.CommonDigestAsync(schedule.Pinned.Definition, cancellationToken) is { } digest)
        {
            instead = (ScheduleOutcome.Unchanged, $"Every replica of {string.Join(", ", schedule.Pinned.Definition.Turns().Select(x => x.Target))} runs {digest[..12]} already, as the development instance does.");
        }

        // Twice at most: what was refused, or had been started before, is written down in a second transaction.
        while (await TryStartOneAsync(schedule, row, waited, instead, cancellationToken) is { } otherwise)
        {
            instead = otherwise;
        }
    }

    /// <returns>What becomes of it instead, to be written down; null when it is done.</returns>
    private async Task<(ScheduleOutcome, string)?> TryStartOneAsync(
        Schedule schedule, ClaimedSchedule row, bool waited, (ScheduleOutcome, string)? instead, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        if (await HoldAsync(unit, schedule, cancellationToken) is not { Paused: false } standing || standing.Digest != schedule.Digest
            || !await IsOpenAsync(unit, standing, row.NominalAt, waited, cancellationToken))
        {
            await unit.RollbackAsync();
            return null;
        }

        var now = time.GetUtcNow();
        var notes = new ScheduleNotes();
        if (waited)
        {
            notes.Decide(schedule, standing, row.NominalAt, instead);
        }
        else
        {
            notes.Decide(schedule, standing, Came(schedule, row.NominalAt, now), instead);
        }

        notes.WriteLater(unit, now);
        if (notes.Starts is not [var (_, nominal)])
        {
            await unit.CommitAsync(cancellationToken);
            Tell(notes, 0);
            return null;
        }

        try
        {
            // It commits what was noted, too.
            var receipt = await scope.ServiceProvider.GetRequiredService<IPromotionIntake>().AcceptAsync(schedule.RequestFor(nominal), cancellationToken);
            if (receipt.IsNew)
            {
                Tell(notes, 1);
                return null;
            }
        }
        catch (PromotionRefusedException e)
        {
            return (ScheduleOutcome.Refused, e.Message);
        }

        // It had been started before, and nothing was written.
        if (await HoldAsync(unit, schedule, cancellationToken) is { } again && await IsOpenAsync(unit, again, row.NominalAt, waited, cancellationToken))
        {
            notes.WriteLater(unit, now);
        }

        await unit.CommitAsync(cancellationToken);
        return null;
    }

    private static async Task<ScheduleStanding?> HoldAsync(UnitOfWork unit, Schedule schedule, CancellationToken cancellationToken)
    {
        await unit.QuerySingleOrDefaultAsync<int>(ScheduleSql.Lock, new { pipeline = schedule.Pipeline, name = schedule.Name }, cancellationToken);
        return (await StandingAsync(unit, [schedule], cancellationToken)).SingleOrDefault();
    }

    private static async Task<bool> IsOpenAsync(UnitOfWork unit, ScheduleStanding standing, DateTimeOffset nominal, bool waited, CancellationToken cancellationToken) =>
        waited
            ? standing.LiveId is null && await unit.QuerySingleOrDefaultAsync<bool>(
                ScheduleSql.StillWaiting, new { pipeline = standing.Pipeline, name = standing.Name, nominal_at = nominal }, cancellationToken)
            : standing.NominalAt == nominal;

    private static Task<IReadOnlyList<ScheduleStanding>> StandingAsync(UnitOfWork unit, IEnumerable<Schedule> schedules, CancellationToken cancellationToken)
    {
        var all = schedules.ToList();
        return unit.QueryAsync<ScheduleStanding>(
            ScheduleSql.Standing, new { pipelines = all.Select(x => x.Pipeline).ToArray(), names = all.Select(x => x.Name).ToArray() }, cancellationToken);
    }

    private async Task<IReadOnlyList<ClaimedSchedule>> ClaimAsync(string sql, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        var now = time.GetUtcNow();
        var claimed = await unit.QueryAsync<ClaimedSchedule>(sql, new { now, until = now + options.Schedules.Lease, strange = Strange, limit = AtOnce }, cancellationToken);
        await unit.CommitAsync(cancellationToken);
        return claimed;
    }

    /// <summary>One that stumbles leaves the others alone, and comes again when its lease is over.</summary>
    private Task EachAsync(
        List<(Schedule Schedule, ClaimedSchedule Row)> claimed, Func<Schedule, ClaimedSchedule, CancellationToken, Task> start, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(claimed, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (one, token) =>
        {
            try
            {
                await start(one.Schedule, one.Row, token);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogStumbled(e, one.Row.Name, one.Row.Pipeline);
            }
        });

    private TimesThatCame Came(Schedule schedule, DateTimeOffset pending, DateTimeOffset now) =>
        TimesThatCame.Between(schedule.Times, schedule.Definition, pending, now, options.Schedules.LateAfter);

    private List<(Schedule Schedule, ClaimedSchedule Row)> Mine(ScheduleBook book, IReadOnlyList<ClaimedSchedule> claimed)
    {
        var mine = new List<(Schedule, ClaimedSchedule)>(claimed.Count);
        foreach (var row in claimed)
        {
            if (book.Find(row.Pipeline, row.Name) is { } schedule && schedule.Digest == row.Digest)
            {
                mine.Add((schedule, row));
            }
            else if (_strange.TryAdd($"{row.Pipeline}/{row.Name}", true))
            {
                LogStrange(row.Name, row.Pipeline);
            }
        }

        return mine;
    }

    private void Tell(ScheduleNotes notes, int started)
    {
        var now = time.GetUtcNow();
        foreach (var (schedule, nominal, outcome, reason) in notes.Runs)
        {
            metrics.TimeCame(schedule.Pipeline, outcome.ToString());
            if (outcome == ScheduleOutcome.Started)
            {
                metrics.StartedLate(now - schedule.Times.DueOf(nominal));
            }
            else
            {
                LogNotStarted(schedule.Name, schedule.Pipeline, schedule.Times.InZone(nominal), outcome, reason ?? "");
            }
        }

        if (started > 0)
        {
            LogStarted(started);
        }
    }

    [LoggerMessage(2342, LogLevel.Information, "{Count} promotion(s) were started by schedules.")]
    private partial void LogStarted(int count);

    [LoggerMessage(2343, LogLevel.Information, "Schedule {Name} of {Pipeline} started nothing at {Nominal:O}, {Outcome}: {Reason}")]
    private partial void LogNotStarted(string name, string pipeline, DateTimeOffset nominal, ScheduleOutcome outcome, string reason);

    [LoggerMessage(2344, LogLevel.Warning, "Schedule {Name} of {Pipeline} is due, and this process has another text of it than the one in force. It leaves it to the others. Give all processes the same definitions.")]
    private partial void LogStrange(string name, string pipeline);

    [LoggerMessage(2345, LogLevel.Error, "Schedule {Name} of {Pipeline} stumbled, and is tried again.")]
    private partial void LogStumbled(Exception e, string name, string pipeline);
}
