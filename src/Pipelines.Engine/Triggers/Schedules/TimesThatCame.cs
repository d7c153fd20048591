using Pipelines.Engine.Definitions;

namespace Pipelines.Engine.Triggers.Schedules;

/// <summary>What of a schedule's times has come, and what is to become of each. It knows nothing of promotions: overlap is judged by whoever starts.</summary>
/// <param name="Start">Those to start, in order.</param>
/// <param name="Missed">The first and the last that are left out, because nothing ran when they were due; null when none is.</param>
/// <param name="Next">The first that has not come; null when none will.</param>
public sealed record TimesThatCame(IReadOnlyList<DateTimeOffset> Start, MissedTimes? Missed, DateTimeOffset? Next)
{
    /// <summary>So many are caught up at most, the last ones.</summary>
    public const int CaughtUpAtMost = 1_000;

    /// <summary>How far it is looked back for the last time, step by step: a cron of every second over a year would be reckoned through for a minute.</summary>
    private static readonly TimeSpan[] Back = [TimeSpan.FromMinutes(2), TimeSpan.FromHours(2), TimeSpan.FromDays(2), TimeSpan.FromDays(60), TimeSpan.FromDays(1_500)];

    /// <param name="pending">The first nominal time that nothing has been decided about; it is due.</param>
    /// <param name="late">Taken up later than this, a time counts as missed. So does one whose successor has come as well.</param>
    public static TimesThatCame Between(ScheduleTimes times, ScheduleDefinition schedule, DateTimeOffset pending, DateTimeOffset now, TimeSpan late)
    {
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(schedule);
        var (last, before) = Last(times, pending, now);
        var next = times.NextAfter(last);
        var within = last >= now - schedule.CatchUpWindow;
        if (schedule.CatchUp == CatchUp.All)
        {
            var all = All(times, pending > now - schedule.CatchUpWindow ? pending : now - schedule.CatchUpWindow, last);
            return all.Count > 0 ? new(all, pending < all[0] ? new(pending, all[0], Inclusive: false) : null, next) : new([], new(pending, last), next);
        }

        var wanted = times.DueOf(last) >= now - late || (schedule.CatchUp == CatchUp.Once && within);
        return wanted ? new([last], before is { } earlier ? new(pending, earlier) : null, next) : new([], new(pending, last), next);
    }

    private static (DateTimeOffset Last, DateTimeOffset? Before) Last(ScheduleTimes times, DateTimeOffset pending, DateTimeOffset now)
    {
        foreach (var from in Back.Select(x => now - x).Where(x => x > pending))
        {
            if (LastFrom(times, times.NextFrom(from), now) is (var last, { } before))
            {
                return (last, before);
            }
        }

        return LastFrom(times, pending, now) ?? (pending, null);
    }

    private static (DateTimeOffset Last, DateTimeOffset? Before)? LastFrom(ScheduleTimes times, DateTimeOffset? first, DateTimeOffset now)
    {
        (DateTimeOffset Last, DateTimeOffset? Before)? found = null;
        for (var at = first; at is { } nominal && times.DueOf(nominal) <= now; at = times.NextAfter(nominal))
        {
            found = (nominal, found?.Last);
        }

        return found;
    }

    private static List<DateTimeOffset> All(ScheduleTimes times, DateTimeOffset from, DateTimeOffset last)
    {
        var all = new Queue<DateTimeOffset>();
        for (var at = times.NextFrom(from); at is { } nominal && nominal <= last; at = times.NextAfter(nominal))
        {
            all.Enqueue(nominal);
            if (all.Count > CaughtUpAtMost)
            {
                all.Dequeue();
            }
        }

        return [.. all];
    }
}

/// <summary>Times that are left out.</summary>
/// <param name="Inclusive">The last belongs to them; otherwise they are those before it.</param>
public sealed record MissedTimes(DateTimeOffset First, DateTimeOffset Last, bool Inclusive = true);
