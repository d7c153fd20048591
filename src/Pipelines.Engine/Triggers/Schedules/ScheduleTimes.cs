using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Cronos;
using Pipelines.Engine.Definitions;

namespace Pipelines.Engine.Triggers.Schedules;

/// <summary>
/// The times of one schedule. A nominal time is what the definition says, and names the promotion; it is due when its jitter is over. A time that a change of
/// the clocks leaves out comes right after the gap, one that it brings twice comes the first time only; what comes every few minutes goes on through both.
/// </summary>
public sealed partial class ScheduleTimes
{
    /// <summary>Cron knows no year; whatever it means comes within eight of them, leap days of a century without one included.</summary>
    private static readonly DateTimeOffset SomeTime = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const int Looked = 200;

    private readonly CronExpression? _cron;
    private readonly DateTimeOffset? _once;
    private readonly TimeSpan _jitter;
    private readonly string _name;

    private ScheduleTimes(string name, CronExpression? cron, DateTimeOffset? once, TimeZoneInfo zone, TimeSpan jitter) =>
        (_name, _cron, _once, Zone, _jitter) = (name, cron, once, zone, jitter);

    public TimeZoneInfo Zone { get; }

    /// <exception cref="FormatException">The definition was not validated.</exception>
    public static ScheduleTimes Of(string pipeline, ScheduleDefinition schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(schedule.Zone);
        return new(
            $"{pipeline}/{schedule.Name}",
            schedule.Cron is { } cron ? Parse(cron) : null,
            schedule.At is { } at ? Moment(at, zone) : null,
            zone,
            schedule.Jitter);
    }

    /// <summary>The first nominal time after that moment; null when none comes any more.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset moment) => Next(moment, inclusive: false);

    /// <summary>The same, or that moment itself.</summary>
    public DateTimeOffset? NextFrom(DateTimeOffset moment) => Next(moment, inclusive: true);

    /// <summary>When a nominal time is due: the same in every process and after every restart.</summary>
    public DateTimeOffset DueOf(DateTimeOffset nominal)
    {
        if (_jitter <= TimeSpan.Zero)
        {
            return nominal;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{_name}@{nominal.ToUnixTimeSeconds()}"), hash);
        var part = (double)BinaryPrimitives.ReadUInt64BigEndian(hash) / ulong.MaxValue;
        return nominal + TimeSpan.FromMilliseconds(Math.Floor(_jitter.TotalMilliseconds * part));
    }

    /// <summary>As the clocks of the zone show it.</summary>
    public DateTimeOffset InZone(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, Zone);

    /// <summary>The sentence against a cron expression, or null.</summary>
    internal static string? WhyNoCron(string text)
    {
        if (text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length is not (5 or 6) and var fields)
        {
            return $"'cron' has five fields (minute, hour, day of month, month, day of week) or six with the second first, and this has {fields}. Write it as 30 2 * * 1-5.";
        }

        try
        {
            return Parse(text).GetNextOccurrence(SomeTime, TimeZoneInfo.Utc) is null ? $"'cron' names a day that never comes: {text}. Mend day and month." : null;
        }
        catch (MissingSeedException)
        {
            return $"'cron' has an H, which is some time and no certain one: {text}. Write the time, and jitter: 10m to spread many of them.";
        }
        catch (FormatException e)
        {
            return $"'cron' cannot be read. {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Write it as 30 2 * * 1-5.";
        }
    }

    /// <summary>The sentence against a single time, or null.</summary>
    internal static string? WhyNoTime(string text)
    {
        try
        {
            _ = Moment(text, TimeZoneInfo.Utc);
            return null;
        }
        catch (FormatException)
        {
            return $"'at' is a day and a time such as 2027-03-01T06:00, or with an offset 2027-03-01T06:00+01:00, not '{text}'.";
        }
    }

    /// <summary>The sentence against the name of a time zone, or null.</summary>
    internal static string? WhyNoZone(string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? null
        : $"there is no time zone '{name}'.{NearestWord.Hint(name, TimeZoneInfo.GetSystemTimeZones().Select(x => x.Id))} Write an IANA name such as Europe/Berlin or UTC.";

    /// <summary>How close its times come to one another.</summary>
    internal static TimeSpan ShortestPause(ScheduleDefinition schedule)
    {
        var times = Of("", schedule);
        var shortest = TimeSpan.MaxValue;
        var before = times.NextAfter(SomeTime);
        for (var i = 0; i < Looked && before is { } last && times.NextAfter(last) is { } next; i++)
        {
            shortest = next - last < shortest ? next - last : shortest;
            before = next;
        }

        return shortest;
    }

    private DateTimeOffset? Next(DateTimeOffset moment, bool inclusive) =>
        _cron is not null ? _cron.GetNextOccurrence(moment, Zone, inclusive)?.ToUniversalTime()
        : _once > moment || (inclusive && _once == moment) ? _once
        : null;

    private static CronExpression Parse(string text) =>
        CronExpression.Parse(text, text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);

    private static DateTimeOffset Moment(string text, TimeZoneInfo zone)
    {
        var parts = Time().Match(text);
        if (!parts.Success)
        {
            throw new FormatException($"'{text}' is no time.");
        }

        var seconds = parts.Groups["second"] is { Success: true } written ? written.Value : "00";
        var local = DateTime.ParseExact($"{parts.Groups["day"]}T{parts.Groups["time"]}:{seconds}", "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None);
        if (parts.Groups["offset"] is { Success: true, Value: var offset })
        {
            return DateTimeOffset.ParseExact($"{local:yyyy-MM-dd'T'HH:mm:ss}{(offset == "Z" ? "+00:00" : offset)}", "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture).ToUniversalTime();
        }

        // Read as a cron of that day, so that gaps and repeated hours mean the same for both.
        var day = Parse(string.Create(CultureInfo.InvariantCulture, $"{local.Second} {local.Minute} {local.Hour} {local.Day} {local.Month} *"));
        return day.GetNextOccurrence(new DateTimeOffset(local.AddDays(-2), TimeSpan.Zero), zone)!.Value.ToUniversalTime();
    }

    [GeneratedRegex(@"^(?<day>2[0-9]{3}-[0-9]{2}-[0-9]{2})[T ](?<time>[0-9]{2}:[0-9]{2})(:(?<second>[0-9]{2}))?(?<offset>Z|[+-][0-9]{2}:[0-9]{2})?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Time();
}
