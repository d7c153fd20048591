using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers.Schedules;

namespace Pipelines.Tests.Triggers.Schedules;

/// <summary>What is made of times that came, on time, after downtime, and when the clock jumps.</summary>
[TestFixture]
internal sealed class TimesThatCameTests
{
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(5);

    [Test]
    public void A_time_that_has_just_come_is_started()
    {
        var came = Came("0 2 * * *", CatchUp.Skip, "2027-03-01T02:00Z", "2027-03-01T02:00:03Z");

        Assert.That(came.Start, Is.EqualTo(new[] { At("2027-03-01T02:00Z") }));
        Assert.That(came.Missed, Is.Null);
        Assert.That(came.Next, Is.EqualTo(At("2027-03-02T02:00Z")));
    }

    [TestCase(CatchUp.Skip, 0)]
    [TestCase(CatchUp.Once, 1)]
    [TestCase(CatchUp.All, 1)]
    public void A_time_that_is_taken_up_too_late_goes_by_the_policy(CatchUp policy, int started)
    {
        var came = Came("0 2 * * *", policy, "2027-03-01T02:00Z", "2027-03-01T07:00Z");

        Assert.That(came.Start, Has.Count.EqualTo(started));
        Assert.That(came.Missed is null, Is.EqualTo(started == 1));
        Assert.That(came.Next, Is.EqualTo(At("2027-03-02T02:00Z")));
    }

    [Test]
    public void After_a_night_without_an_engine_the_last_time_is_made_up_for_once()
    {
        var came = Came("0 * * * *", CatchUp.Once, "2027-03-01T00:00Z", "2027-03-01T07:20Z");

        Assert.That(came.Start, Is.EqualTo(new[] { At("2027-03-01T07:00Z") }));
        Assert.That(came.Missed, Is.EqualTo(new MissedTimes(At("2027-03-01T00:00Z"), At("2027-03-01T06:00Z"))));
        Assert.That(came.Next, Is.EqualTo(At("2027-03-01T08:00Z")));
    }

    [Test]
    public void After_a_night_without_an_engine_all_are_made_up_for_within_the_window()
    {
        var came = Came("0 * * * *", CatchUp.All, "2027-03-01T00:00Z", "2027-03-01T07:20Z", TimeSpan.FromHours(3));

        Assert.That(came.Start, Is.EqualTo(new[] { At("2027-03-01T05:00Z"), At("2027-03-01T06:00Z"), At("2027-03-01T07:00Z") }));
        Assert.That(came.Missed, Is.EqualTo(new MissedTimes(At("2027-03-01T00:00Z"), At("2027-03-01T05:00Z"), Inclusive: false)));
    }

    [TestCase(CatchUp.Once)]
    [TestCase(CatchUp.All)]
    public void What_is_older_than_the_window_is_left_out(CatchUp policy)
    {
        var came = Came("0 2 * * *", policy, "2027-03-01T02:00Z", "2027-03-01T07:00Z", TimeSpan.FromHours(1));

        Assert.That(came.Start, Is.Empty);
        Assert.That(came.Missed, Is.EqualTo(new MissedTimes(At("2027-03-01T02:00Z"), At("2027-03-01T02:00Z"))));
    }

    [Test]
    public void Of_times_that_come_quickly_only_the_last_is_on_time()
    {
        var came = Came("* * * * *", CatchUp.Skip, "2027-03-01T02:00Z", "2027-03-01T02:02:30Z");

        Assert.That(came.Start, Is.EqualTo(new[] { At("2027-03-01T02:02Z") }));
        Assert.That(came.Missed, Is.EqualTo(new MissedTimes(At("2027-03-01T02:00Z"), At("2027-03-01T02:01Z"))));
    }

    [Test]
    public void A_year_of_seconds_is_not_reckoned_through_and_no_more_than_a_thousand_are_caught_up()
    {
        var once = Came("* * * * * *", CatchUp.Once, "2026-03-01T00:00Z", "2027-03-01T00:00Z");
        var all = Came("* * * * * *", CatchUp.All, "2026-03-01T00:00Z", "2027-03-01T00:00Z");

        Assert.That(once.Start, Is.EqualTo(new[] { At("2027-03-01T00:00Z") }));
        Assert.That(once.Missed, Is.EqualTo(new MissedTimes(At("2026-03-01T00:00Z"), At("2027-02-28T23:59:59Z"))));
        Assert.That(all.Start, Has.Count.EqualTo(TimesThatCame.CaughtUpAtMost));
        Assert.That(all.Start[^1], Is.EqualTo(At("2027-03-01T00:00Z")));
    }

    [Test]
    public void A_single_time_is_started_or_missed_and_nothing_comes_after_it()
    {
        var schedule = new ScheduleDefinition { Name = "s", At = "2027-03-01T02:00" };
        var pending = At("2027-03-01T02:00Z");

        var started = TimesThatCame.Between(ScheduleTimes.Of("plant-a", schedule), schedule, pending, pending, Late);
        var missed = TimesThatCame.Between(ScheduleTimes.Of("plant-a", schedule), schedule, pending, pending.AddDays(3), Late);

        Assert.That((started.Start.Count, started.Next), Is.EqualTo((1, (DateTimeOffset?)null)));
        Assert.That((missed.Start.Count, missed.Next), Is.EqualTo((0, (DateTimeOffset?)null)));
    }

    [Test]
    public void A_time_whose_jitter_is_not_over_has_not_come()
    {
        var schedule = new ScheduleDefinition { Name = "s", Cron = "0 * * * *", Jitter = TimeSpan.FromMinutes(50) };
        var times = ScheduleTimes.Of("plant-a", schedule);
        var pending = At("2027-03-01T02:00Z");

        var came = TimesThatCame.Between(times, schedule, pending, times.DueOf(At("2027-03-01T03:00Z")).AddMilliseconds(-1), Late);

        Assert.That(came.Next, Is.EqualTo(At("2027-03-01T03:00Z")));
    }

    [TestCase(CatchUp.Skip)]
    [TestCase(CatchUp.Once)]
    [TestCase(CatchUp.All)]
    public void However_the_clock_jumps_no_time_is_decided_twice_and_none_is_passed_over(CatchUp policy)
    {
        var schedule = new ScheduleDefinition { Name = "s", Cron = "*/7 * * * *", Zone = "Europe/Berlin", Jitter = TimeSpan.FromMinutes(3), CatchUp = policy, CatchUpWindow = TimeSpan.FromDays(7) };
        var times = ScheduleTimes.Of("plant-a", schedule);
        // Over the night in which the clocks change.
        var time = new FakeTimeProvider(At("2027-03-27T22:00Z")) { AutoAdvanceAmount = TimeSpan.Zero };
        var random = new Random(20270328);
        var pending = times.NextAfter(time.GetUtcNow())!.Value;
        var decided = new List<DateTimeOffset>();
        for (var step = 0; step < 2_000; step++)
        {
            // Also backwards, which FakeTimeProvider wants to be told.
            time.AdjustTime(time.GetUtcNow().AddSeconds(random.Next(-900, 1800)));
            if (times.DueOf(pending) > time.GetUtcNow())
            {
                continue;
            }

            var came = TimesThatCame.Between(times, schedule, pending, time.GetUtcNow(), Late);
            for (DateTimeOffset? at = came.Missed?.First; at is { } missed && (came.Missed!.Inclusive ? missed <= came.Missed.Last : missed < came.Missed.Last); at = times.NextAfter(missed))
            {
                decided.Add(missed);
            }

            decided.AddRange(came.Start);
            pending = came.Next!.Value;
        }

        var all = new List<DateTimeOffset>();
        for (var at = times.NextAfter(At("2027-03-27T22:00Z")); at < pending; at = times.NextAfter(at!.Value))
        {
            all.Add(at!.Value);
        }

        Assert.That(decided, Is.EqualTo(all));
        Assert.That(decided, Has.Count.GreaterThan(100));
    }

    private static TimesThatCame Came(string cron, CatchUp policy, string pending, string now, TimeSpan? window = null)
    {
        var schedule = new ScheduleDefinition { Name = "s", Cron = cron, CatchUp = policy, CatchUpWindow = window ?? TimeSpan.FromDays(1) };
        return TimesThatCame.Between(ScheduleTimes.Of("plant-a", schedule), schedule, At(pending), At(now), Late);
    }

    private static DateTimeOffset At(string text) => ScheduleTimesTests.At(text);
}
