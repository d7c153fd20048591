using Pipelines.Engine.Triggers.Schedules;
using Pipelines.Storage.Audit;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Schedules;

/// <summary>What people ask about schedules, and how they pause one.</summary>
public sealed class ScheduleStore
{
    /// <summary>Of each schedule, so many of its last times are told.</summary>
    public const int HistoryLength = 20;

    private readonly UnitOfWork _unit;
    private readonly Outside _outside;
    private readonly TimeProvider _time;

    internal ScheduleStore(UnitOfWork unit, Outside outside, TimeProvider time) => (_unit, _outside, _time) = (unit, outside, time);

    /// <summary>How the schedules of a pipeline stand, by name. One that was taken up this very moment may not be there yet.</summary>
    public async Task<IReadOnlyDictionary<string, ScheduleState>> OfAsync(string pipeline, CancellationToken cancellationToken)
    {
        var standings = await _outside.QueryAsync<ScheduleStanding>(ScheduleSql.OfPipeline, new { pipeline }, cancellationToken);
        var runs = await _outside.QueryAsync<ScheduleRun>(
            ScheduleSql.Runs, new { pipeline, names = standings.Select(x => x.Name).ToArray(), limit = HistoryLength }, cancellationToken);
        var history = runs.ToLookup(x => x.Name, StringComparer.Ordinal);
        return standings.ToDictionary(
            x => x.Name,
            x => new ScheduleState(x.Paused, x.SetBy, x.SetAt, x.NominalAt, x.LiveId, x.Waiting, [.. history[x.Name]]),
            StringComparer.Ordinal);
    }

    /// <summary>Nothing is started until it is resumed. Times that wait for another promotion wait on.</summary>
    /// <returns>False when it is not there.</returns>
    public Task<bool> PauseAsync(Schedule schedule, Actor by, CancellationToken cancellationToken) => SetAsync(schedule, paused: true, by, cancellationToken);

    /// <summary>It goes on with its next time; those that passed meanwhile were meant to pass.</summary>
    /// <returns>False when it is not there.</returns>
    public Task<bool> ResumeAsync(Schedule schedule, Actor by, CancellationToken cancellationToken) => SetAsync(schedule, paused: false, by, cancellationToken);

    private async Task<bool> SetAsync(Schedule schedule, bool paused, Actor by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var which = new { pipeline = schedule.Pipeline, name = schedule.Name };
        await _unit.QuerySingleOrDefaultAsync<int>(ScheduleSql.Lock, which, cancellationToken);
        var standing = (await _unit.QueryAsync<ScheduleStanding>(ScheduleSql.Standing, new { pipelines = new[] { which.pipeline }, names = new[] { which.name } }, cancellationToken))
            .SingleOrDefault();
        if (standing is not null && standing.Paused != paused)
        {
            var now = _time.GetUtcNow();
            var next = schedule.Times.NextAfter(now);
            _unit.Later(ScheduleSql.Pause, new
            {
                which.pipeline,
                which.name,
                paused,
                by = by.Name,
                now,
                nominal_at = next,
                due_at = next is { } nominal ? schedule.Times.DueOf(nominal) : (DateTimeOffset?)null,
            });
            _unit.Later(AuditLog.Add, new AuditLine(
                paused ? "schedule.paused" : "schedule.resumed", $"/pipelines/{which.pipeline}/schedules/{which.name}", [which.pipeline], new { Next = paused ? null : next }).Row(by, now));
        }

        await _unit.CommitAsync(cancellationToken);
        return standing is not null;
    }
}

/// <summary>How a schedule stands.</summary>
/// <param name="SetBy">Who paused or resumed it last.</param>
/// <param name="NominalAt">The first time that nothing has been decided about; null when none comes any more.</param>
/// <param name="LiveId">Its promotion that has not ended.</param>
/// <param name="Waiting">How many of its times wait for that one's end.</param>
/// <param name="History">What became of its last times, newest first.</param>
public sealed record ScheduleState(
    bool Paused, string? SetBy, DateTimeOffset? SetAt, DateTimeOffset? NominalAt, Guid? LiveId, int Waiting, IReadOnlyList<ScheduleRun> History);

/// <summary>What became of one time.</summary>
public sealed record ScheduleRun
{
    public required string Name { get; init; }

    public DateTimeOffset NominalAt { get; init; }

    public DateTimeOffset DueAt { get; init; }

    public ScheduleOutcome Outcome { get; init; }

    public string? Reason { get; init; }

    public Guid? PromotionId { get; init; }

    public DateTimeOffset DecidedAt { get; init; }
}
