using System.Text.Json;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers.Schedules;
using Pipelines.Storage.Schedules;

namespace Pipelines.Service.Http;

/// <summary>The schedules of a pipeline: what comes next, what became of what came, and a pause for those who need one.</summary>
internal static partial class ScheduleEndpoints
{
    private const int Shown = 10;

    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/pipelines/{pipeline}/schedules").WithTags("Schedules");
        schedules.MapGet("", ListAsync).Needs(Scopes.Read)
            .WithName("ListSchedules").WithSummary("The schedules of a pipeline, each with its next ten times and what became of its last twenty.")
            .Produces<ScheduleList>().Refuses(404);
        schedules.MapPost("/{schedule}/pause", (string pipeline, string schedule, Caller caller, HttpContext context, DefinitionShelf definitions, ScheduleStore store, TimeProvider time, ILogger<ScheduleStore> logger) =>
                SetAsync(pipeline, schedule, paused: true, caller, context, definitions, store, time, logger)).Needs(Scopes.Operate)
            .WithName("PauseSchedule").WithSummary("Nothing is started by it until it is resumed.").Produces<ScheduleView>().Refuses(404);
        schedules.MapPost("/{schedule}/resume", (string pipeline, string schedule, Caller caller, HttpContext context, DefinitionShelf definitions, ScheduleStore store, TimeProvider time, ILogger<ScheduleStore> logger) =>
                SetAsync(pipeline, schedule, paused: false, caller, context, definitions, store, time, logger)).Needs(Scopes.Operate)
            .WithName("ResumeSchedule").WithSummary("It goes on with its next time; what passed meanwhile is not made up for.").Produces<ScheduleView>().Refuses(404);
    }

    private static async Task<ScheduleList> ListAsync(string pipeline, Caller caller, DefinitionShelf definitions, ScheduleStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var defined = Of(pipeline, caller.Seen(definitions));
        var states = await store.OfAsync(pipeline, cancellationToken);
        return new([.. defined.Schedules.Select(x => ViewOf(new Schedule(defined, x), states.GetValueOrDefault(x.Name), time.GetUtcNow()))]);
    }

    private static async Task<ScheduleView> SetAsync(
        string pipeline, string name, bool paused, Caller caller, HttpContext context, DefinitionShelf definitions, ScheduleStore store, TimeProvider time, ILogger logger)
    {
        var defined = Of(pipeline, caller.Seen(definitions));
        var schedule = defined.Schedules.FirstOrDefault(x => x.Name == name) is { } found
            ? new Schedule(defined, found)
            : throw new RefusedException(Refusal.NotFound($"Pipeline '{pipeline}' has no schedule '{BodyReader.Shown(name)}'.{NearestWord.Hint(name, defined.Schedules.Select(x => x.Name))} GET /pipelines/{pipeline}/schedules lists them."));
        if (!await (paused ? store.PauseAsync(schedule, caller.Who, context.RequestAborted) : store.ResumeAsync(schedule, caller.Who, context.RequestAborted)))
        {
            throw new RefusedException(Refusal.Away("The schedule is being taken up this very moment. Ask again."));
        }

        LogSet(logger, name, pipeline, paused ? "paused" : "resumed", caller.Name);
        return ViewOf(schedule, (await store.OfAsync(pipeline, context.RequestAborted)).GetValueOrDefault(name), time.GetUtcNow());
    }

    private static PipelineDefinition Of(string pipeline, DefinitionSet definitions)
    {
        _ = PromotionDoor.Pin(definitions, pipeline, until: null);
        return definitions.Pipelines.TryGetValue(pipeline, out var found) ? found : throw new RefusedException(Refusal.NotFound("There is no such pipeline any more."));
    }

    private static ScheduleView ViewOf(Schedule schedule, ScheduleState? state, DateTimeOffset now)
    {
        var (definition, times) = (schedule.Definition, schedule.Times);
        return new(
            schedule.Name, definition.Cron, definition.At, definition.Zone, Duration.Text(definition.Jitter), Word(definition.Overlap), Word(definition.CatchUp),
            Duration.Text(definition.CatchUpWindow), definition.OnlyWhenChanged, state?.Paused ?? false, state?.SetBy, state?.SetAt, state?.LiveId, state?.Waiting ?? 0,
            [.. Next(times, state, now).Take(Shown).Select(x => new ScheduledTime(times.InZone(x), times.InZone(times.DueOf(x))))],
            [.. (state?.History ?? []).Select(x => new PastTime(times.InZone(x.NominalAt), times.InZone(x.DueAt), Word(x.Outcome), x.Reason, x.PromotionId, x.DecidedAt))]);
    }

    // One whose jitter is not over has passed and is still to come.
    private static IEnumerable<DateTimeOffset> Next(ScheduleTimes times, ScheduleState? state, DateTimeOffset now)
    {
        var first = state is { Paused: false, NominalAt: { } pending } && times.DueOf(pending) > now ? pending : times.NextAfter(now);
        for (var at = first; at is { } nominal; at = times.NextAfter(nominal))
        {
            yield return nominal;
        }
    }

    private static string Word(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    [LoggerMessage(3082, LogLevel.Information, "Schedule {Schedule} of {Pipeline} was {What} by {By}.")]
    private static partial void LogSet(ILogger logger, string schedule, string pipeline, string what, string by);

    internal sealed record ScheduleList(IReadOnlyList<ScheduleView> Items);

    /// <param name="Paused">While it is, its next times start nothing.</param>
    /// <param name="SetBy">Who paused or resumed it last.</param>
    /// <param name="LivePromotion">Its promotion that has not ended.</param>
    /// <param name="Waiting">How many of its times wait for that one's end.</param>
    /// <param name="Next">The next ten times; fewer when no more come.</param>
    /// <param name="History">What became of the last twenty, newest first.</param>
    internal sealed record ScheduleView(
        string Name, string? Cron, string? At, string Zone, string Jitter, string Overlap, string CatchUp, string CatchUpWindow, bool OnlyWhenChanged,
        bool Paused, string? SetBy, DateTimeOffset? SetAt, Guid? LivePromotion, int Waiting, IReadOnlyList<ScheduledTime> Next, IReadOnlyList<PastTime> History);

    /// <param name="Nominal">As the schedule says, on the clocks of its zone.</param>
    /// <param name="Due">When its jitter is over.</param>
    internal sealed record ScheduledTime(DateTimeOffset Nominal, DateTimeOffset Due);

    /// <param name="Outcome"><c>started</c>, <c>waiting</c>, <c>skipped</c>, <c>missed</c>, <c>unchanged</c> or <c>refused</c>.</param>
    /// <param name="Reason">Why nothing was started; null when something was.</param>
    internal sealed record PastTime(DateTimeOffset Nominal, DateTimeOffset Due, string Outcome, string? Reason, Guid? Promotion, DateTimeOffset DecidedAt);
}
