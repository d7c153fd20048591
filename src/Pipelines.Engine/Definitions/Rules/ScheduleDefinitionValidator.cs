using FluentValidation;
using Pipelines.Engine.Triggers.Schedules;

namespace Pipelines.Engine.Definitions.Rules;

internal sealed class ScheduleDefinitionValidator : AbstractValidator<ScheduleDefinition>
{
    private static readonly TimeSpan LongestJitter = TimeSpan.FromHours(12);
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMinutes(1);

    /// <summary>Long enough for any schedule's next start, short enough that a cron of every second is not reckoned through for long.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(7);

    public ScheduleDefinitionValidator()
    {
        RuleFor(x => x.Name).IsName("a name");
        RuleFor(x => x).Custom(IsOneOfTwo);
        RuleFor(x => x.Cron).Says(x => x is null ? null : ScheduleTimes.WhyNoCron(x));
        RuleFor(x => x.At).Says(x => x is null ? null : ScheduleTimes.WhyNoTime(x));
        RuleFor(x => x.Zone).Says(ScheduleTimes.WhyNoZone);
        RuleFor(x => x).Custom(JitterFits);
        RuleFor(x => x.CatchUpWindow).Says(x => x < ShortestWindow || x > LongestWindow
            ? $"'catchUpWindow' is from {Duration.Text(ShortestWindow)} to {Duration.Text(LongestWindow)}, not {Duration.Text(x)}."
            : null);
    }

    private static void IsOneOfTwo(ScheduleDefinition schedule, ValidationContext<ScheduleDefinition> context)
    {
        if (schedule is { Cron: not null, At: not null })
        {
            context.Refuse($"'{schedule.Name}' has both cron and at. Keep cron for times that come again, or at for a single one.", "At", "Cron");
        }
        else if (schedule is { Cron: null, At: null })
        {
            context.Refuse($"'{schedule.Name}' has neither cron nor at. Write cron: 30 2 * * 1-5 for times that come again, or at: 2027-03-01T06:00 for a single one.", "", "Cron", "At");
        }
    }

    private static void JitterFits(ScheduleDefinition schedule, ValidationContext<ScheduleDefinition> context)
    {
        if (schedule.Jitter > LongestJitter)
        {
            context.Refuse($"'jitter' is at most {Duration.Text(LongestJitter)}, not {Duration.Text(schedule.Jitter)}.", "Jitter");
        }
        else if (schedule.Jitter > TimeSpan.Zero && schedule.Cron is { } cron && ScheduleTimes.WhyNoCron(cron) is null && ScheduleTimes.WhyNoZone(schedule.Zone) is null
            && ScheduleTimes.ShortestPause(schedule) is var pause && schedule.Jitter > pause)
        {
            context.Refuse(
                $"'jitter' ({Duration.Text(schedule.Jitter)}) is longer than the pause between two times ({Duration.Text(pause)}), so one could overtake the other. Shorten it.", "Jitter");
        }
    }
}
