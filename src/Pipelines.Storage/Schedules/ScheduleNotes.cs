using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers.Schedules;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Schedules;

/// <summary>What was decided about the times of some schedules: written in two statements, however many they are.</summary>
internal sealed class ScheduleNotes
{
    /// <summary>More than this do not wait: nobody would know any more what they are for.</summary>
    private const int WaitAtMost = 100;

    private readonly List<(Schedule Schedule, DateTimeOffset Nominal, ScheduleOutcome Outcome, string? Reason)> _runs = [];
    private readonly List<(Schedule Schedule, DateTimeOffset? From, DateTimeOffset? To, string? Key)> _moves = [];

    /// <summary>Those that start a promotion.</summary>
    public List<(Schedule Schedule, DateTimeOffset Nominal)> Starts { get; } = [];

    public IReadOnlyList<(Schedule Schedule, DateTimeOffset Nominal, ScheduleOutcome Outcome, string? Reason)> Runs => _runs;

    /// <param name="standing">Read while the schedule is in hand.</param>
    /// <param name="instead">What becomes of a time that could start, when it does not: unchanged, or refused.</param>
    public void Decide(Schedule schedule, ScheduleStanding standing, TimesThatCame came, (ScheduleOutcome Outcome, string Reason)? instead = null)
    {
        if (came.Missed is { } missed)
        {
            Run(schedule, missed.First, ScheduleOutcome.Missed, ReasonOf(schedule, missed));
        }

        var (started, waiting) = ((string?)null, standing.Waiting);
        foreach (var nominal in came.Start)
        {
            if (standing.LiveId is not null || started is not null || waiting > 0)
            {
                waiting += Overlapped(schedule, nominal, standing.LiveId, waiting);
            }
            else if (instead is { } otherwise)
            {
                Run(schedule, nominal, otherwise.Outcome, otherwise.Reason);
            }
            else
            {
                Start(schedule, nominal);
                started = schedule.KeyOf(nominal);
            }
        }

        _moves.Add((schedule, standing.NominalAt, came.Next, started));
    }

    /// <summary>Decides a time that has waited; the schedule stays where it stands.</summary>
    public void Decide(Schedule schedule, ScheduleStanding standing, DateTimeOffset waited, (ScheduleOutcome Outcome, string Reason)? instead)
    {
        if (instead is { } otherwise)
        {
            Run(schedule, waited, otherwise.Outcome, otherwise.Reason);
        }
        else
        {
            Start(schedule, waited);
        }

        _moves.Add((schedule, standing.NominalAt, standing.NominalAt, instead is null ? schedule.KeyOf(waited) : null));
    }

    public void WriteLater(UnitOfWork unit, DateTimeOffset now)
    {
        if (_runs.Count > 0)
        {
            unit.Later(ScheduleSql.Note, new
            {
                pipelines = All(_runs, x => x.Schedule.Pipeline),
                names = All(_runs, x => x.Schedule.Name),
                nominal_ats = All(_runs, x => x.Nominal),
                due_ats = All(_runs, x => x.Schedule.Times.DueOf(x.Nominal)),
                outcomes = All(_runs, x => x.Outcome.ToString()),
                reasons = All(_runs, x => x.Reason),
                keys = All(_runs, x => x.Outcome == ScheduleOutcome.Started ? x.Schedule.KeyOf(x.Nominal) : null),
                now,
            });
        }

        unit.Later(ScheduleSql.Move, new
        {
            pipelines = All(_moves, x => x.Schedule.Pipeline),
            names = All(_moves, x => x.Schedule.Name),
            nominal_ats = All(_moves, x => x.From),
            next_nominals = All(_moves, x => x.To),
            next_dues = All(_moves, x => x.To is { } next ? x.Schedule.Times.DueOf(next) : (DateTimeOffset?)null),
            keys = All(_moves, x => x.Key),
        });
    }

    private void Start(Schedule schedule, DateTimeOffset nominal)
    {
        Starts.Add((schedule, nominal));
        Run(schedule, nominal, ScheduleOutcome.Started, null);
    }

    private int Overlapped(Schedule schedule, DateTimeOffset nominal, Guid? live, int waiting)
    {
        var because = live is { } id ? $"promotion {id} of an earlier time has not ended" : "an earlier time comes first";
        if (schedule.Definition.Overlap == Overlap.Skip || (schedule.Definition.Overlap == Overlap.BufferOne && waiting > 0) || waiting >= WaitAtMost)
        {
            var full = schedule.Definition.Overlap == Overlap.Skip ? "" : $", and {waiting} wait already";
            Run(schedule, nominal, ScheduleOutcome.Skipped, $"Left out: {because}{full}.");
            return 0;
        }

        Run(schedule, nominal, ScheduleOutcome.Waiting, $"Waits: {because}.");
        return 1;
    }

    private void Run(Schedule schedule, DateTimeOffset nominal, ScheduleOutcome outcome, string? reason) => _runs.Add((schedule, nominal, outcome, reason));

    private static string ReasonOf(Schedule schedule, MissedTimes missed)
    {
        string Text(DateTimeOffset moment) => $"{schedule.Times.InZone(moment):yyyy-MM-dd HH:mm:ss zzz}";
        return !missed.Inclusive ? $"No engine ran from {Text(missed.First)} on; the times before {Text(missed.Last)} are left out."
            : missed.First == missed.Last ? "No engine ran when it was due; it is left out."
            : $"No engine ran when they were due; the times from {Text(missed.First)} to {Text(missed.Last)} are left out.";
    }

    private static T[] All<TItem, T>(List<TItem> items, Func<TItem, T> part) => [.. items.Select(part)];
}
