namespace Pipelines.Storage.Schedules;

internal static class ScheduleSql
{
    public static readonly string LockAll = Query.Load("schedules/lock_all");
    public static readonly string Put = Query.Load("schedules/put");
    public static readonly string TakeOut = Query.Load("schedules/take_out");
    public static readonly string Nobodys = Query.Load("schedules/nobodys");
    public static readonly string Claim = Query.Load("schedules/claim");
    public static readonly string ClaimAlone = Query.Load("schedules/claim_alone");
    public static readonly string ClaimWaiting = Query.Load("schedules/claim_waiting");
    public static readonly string Lock = Query.Load("schedules/lock");
    public static readonly string Standing = Query.Load("schedules/standing");
    public static readonly string StillWaiting = Query.Load("schedules/still_waiting");
    public static readonly string NextDue = Query.Load("schedules/next_due");
    public static readonly string Accept = Query.Load("schedules/accept");
    public static readonly string StandInLine = Query.Load("schedules/stand_in_line");
    public static readonly string Note = Query.Load("schedules/note");
    public static readonly string Move = Query.Load("schedules/move");
    public static readonly string Pause = Query.Load("schedules/pause");
    public static readonly string OfPipeline = Query.Load("schedules/of_pipeline");
    public static readonly string Runs = Query.Load("schedules/runs");
    public static readonly string Trim = Query.Load("schedules/trim");
}

/// <summary>A schedule that was claimed.</summary>
internal sealed record ClaimedSchedule
{
    public string Pipeline { get; init; } = "";

    public string Name { get; init; } = "";

    public string Digest { get; init; } = "";

    public DateTimeOffset NominalAt { get; init; }

    public DateTimeOffset DueAt { get; init; }
}

/// <summary>How a schedule stands.</summary>
internal sealed record ScheduleStanding
{
    public string Pipeline { get; init; } = "";

    public string Name { get; init; } = "";

    public string Digest { get; init; } = "";

    public DateTimeOffset? NominalAt { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public bool Alone { get; init; }

    public bool Paused { get; init; }

    public string? SetBy { get; init; }

    public DateTimeOffset? SetAt { get; init; }

    public Guid? LiveId { get; init; }

    public int Waiting { get; init; }
}
