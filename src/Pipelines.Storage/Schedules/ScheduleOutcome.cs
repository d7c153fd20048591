namespace Pipelines.Storage.Schedules;

/// <summary>What became of a time of a schedule.</summary>
public enum ScheduleOutcome
{
    /// <summary>It started a promotion.</summary>
    Started,

    /// <summary>It waits until the promotion of an earlier time has ended.</summary>
    Waiting,

    /// <summary>It was left out, because an earlier one's promotion had not ended.</summary>
    Skipped,

    /// <summary>It was left out, because nothing ran when it was due.</summary>
    Missed,

    /// <summary>It was left out, because the targets run already what it would have brought.</summary>
    Unchanged,

    /// <summary>The pipeline refused it.</summary>
    Refused,
}
