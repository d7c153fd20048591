using System.Globalization;
using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers.Schedules;

namespace Pipelines.Tests.Triggers.Schedules;

[TestFixture]
internal sealed class ScheduleTimesTests
{
    /// <summary>Zone, cron, from when, and the next times as a clock on the wall there shows them.</summary>
    private static readonly string[] Table =
    [
        // The hour from 2 to 3 does not exist on that day: what falls into it comes right after it, once.
        "Europe/Berlin | 30 2 * * * | 2027-03-26T12:00Z | 2027-03-27 02:30 +01:00, 2027-03-28 03:00 +02:00, 2027-03-29 02:30 +02:00",
        "Europe/Berlin | 0,30 2 * * * | 2027-03-28T00:00Z | 2027-03-28 03:00 +02:00, 2027-03-29 02:00 +02:00",
        "Europe/Berlin | */20 * * * * | 2027-03-28T00:30Z | 2027-03-28 01:40 +01:00, 2027-03-28 03:00 +02:00, 2027-03-28 03:20 +02:00",
        // The hour from 2 to 3 comes twice: a time of day comes the first time only, what comes every few minutes goes on.
        "Europe/Berlin | 30 2 * * * | 2027-10-30T12:00Z | 2027-10-31 02:30 +02:00, 2027-11-01 02:30 +01:00",
        "Europe/Berlin | */30 * * * * | 2027-10-31T00:15Z | 2027-10-31 02:30 +02:00, 2027-10-31 02:00 +01:00, 2027-10-31 02:30 +01:00, 2027-10-31 03:00 +01:00",
        "America/New_York | 30 2 * * * | 2027-03-13T12:00Z | 2027-03-14 03:00 -04:00, 2027-03-15 02:30 -04:00",
        "America/New_York | 30 1 * * * | 2027-11-06T12:00Z | 2027-11-07 01:30 -04:00, 2027-11-08 01:30 -05:00",
        // The clocks there move by half an hour.
        "Australia/Lord_Howe | 15 2 * * * | 2027-10-02T00:00Z | 2027-10-03 02:30 +11:00, 2027-10-04 02:15 +11:00",
        "Australia/Lord_Howe | 45 1 * * * | 2027-04-03T00:00Z | 2027-04-04 01:45 +11:00, 2027-04-05 01:45 +10:30",
        "Asia/Kolkata | 0 9 * * 1 | 2027-03-27T00:00Z | 2027-03-29 09:00 +05:30, 2027-04-05 09:00 +05:30",
        "Asia/Kathmandu | 0 0 1 * * | 2027-03-27T00:00Z | 2027-04-01 00:00 +05:45",
        "UTC | 15,45 30 2 * * 1-5 | 2027-03-26T12:00Z | 2027-03-29 02:30:15 +00:00, 2027-03-29 02:30:45 +00:00, 2027-03-30 02:30:15 +00:00",
        "UTC | 0 0 29 2 * | 2027-03-01T00:00Z | 2028-02-29 00:00 +00:00, 2032-02-29 00:00 +00:00",
        "UTC | 0 0 L * * | 2027-02-01T00:00Z | 2027-02-28 00:00 +00:00, 2027-03-31 00:00 +00:00",
    ];

    [TestCaseSource(nameof(Table))]
    public void The_next_times_are_those_that_the_clock_on_the_wall_shows(string row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var parts = row.Split('|', StringSplitOptions.TrimEntries);
        var times = ScheduleTimes.Of("plant-a", new ScheduleDefinition { Name = "s", Cron = parts[1], Zone = parts[0] });
        var expected = parts[3].Split(", ");

        Assert.That(Next(times, At(parts[2]), expected.Length), Is.EqualTo(expected));
    }

    [TestCase("2027-03-01T06:00", "Europe/Berlin", "2027-03-01 06:00 +01:00")]
    [TestCase("2027-03-01 06:00:30", "Asia/Kolkata", "2027-03-01 06:00:30 +05:30")]
    [TestCase("2027-03-01T06:00Z", "Europe/Berlin", "2027-03-01 07:00 +01:00")]
    [TestCase("2027-03-01T06:00-05:00", "UTC", "2027-03-01 11:00 +00:00")]
    [TestCase("2027-03-28T02:30", "Europe/Berlin", "2027-03-28 03:00 +02:00", TestName = "A single time that a change of the clocks leaves out comes right after it")]
    [TestCase("2027-10-31T02:30", "Europe/Berlin", "2027-10-31 02:30 +02:00", TestName = "A single time that comes twice is the first")]
    [TestCase("2028-02-29T00:00", "Australia/Lord_Howe", "2028-02-29 00:00 +11:00")]
    public void A_single_time_comes_once(string at, string zone, string expected)
    {
        var times = ScheduleTimes.Of("plant-a", new ScheduleDefinition { Name = "s", At = at, Zone = zone });

        Assert.That(Next(times, At("2027-01-01T00:00Z"), 3), Is.EqualTo(new[] { expected }));
    }

    [Test]
    public void Jitter_follows_from_the_time_and_the_name_and_spreads()
    {
        var nominal = At("2027-03-01T02:00Z");
        var definition = new ScheduleDefinition { Name = "s", Cron = "0 2 * * *", Jitter = TimeSpan.FromMinutes(10) };
        var dues = Enumerable.Range(0, 1000).Select(i => ScheduleTimes.Of("plant-a", definition with { Name = $"s{i}" }).DueOf(nominal)).ToList();

        var due = ScheduleTimes.Of("plant-a", definition).DueOf(nominal);
        Assert.That(ScheduleTimes.Of("plant-a", definition with { Zone = "Asia/Kolkata" }).DueOf(nominal), Is.EqualTo(due), "another process, or another day's restart");
        Assert.That(due, Is.Not.EqualTo(ScheduleTimes.Of("plant-b", definition).DueOf(nominal)));
        Assert.That(dues, Is.All.InRange(nominal, nominal.AddMinutes(10)));
        Assert.That(Enumerable.Range(0, 10).Select(i => dues.Count(x => (int)(x - nominal).TotalMinutes == i)), Is.All.InRange(50, 150));
        Assert.That(ScheduleTimes.Of("plant-a", definition with { Jitter = TimeSpan.Zero }).DueOf(nominal), Is.EqualTo(nominal));
    }

    public static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Next(ScheduleTimes times, DateTimeOffset from, int count)
    {
        for (var at = times.NextAfter(from); at is { } nominal && count-- > 0; at = times.NextAfter(nominal))
        {
            yield return times.InZone(nominal).ToString(nominal.Second == 0 ? "yyyy-MM-dd HH:mm zzz" : "yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);
        }
    }
}
