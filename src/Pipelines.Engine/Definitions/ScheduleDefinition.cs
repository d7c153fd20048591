using Pipelines.Engine.Definitions.Binding;

namespace Pipelines.Engine.Definitions;

/// <summary>When a pipeline promotes by itself: again and again (<see cref="Cron"/>), or once (<see cref="At"/>).</summary>
public sealed record ScheduleDefinition
{
    /// <summary>The name by which it is paused and resumed.</summary>
    [FromKey]
    public required string Name { get; init; }

    /// <summary>Five fields (minute, hour, day of month, month, day of week) or six, with the second first: <c>30 2 * * 1-5</c>. In quotes when it begins with a star.</summary>
    public string? Cron { get; init; }

    /// <summary>One time instead: <c>2027-03-01T06:00</c> in <see cref="Zone"/>, or with an offset of its own.</summary>
    public string? At { get; init; }

    /// <summary>The IANA time zone in which times are meant. A time that a change of the clocks leaves out comes right after the gap, one that it brings twice comes once.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>Each time comes later by a part of this, which follows from the time and the schedule's name: many schedules for one time spread, and every process reckons the same.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>What becomes of a time that comes while the promotion of an earlier one has not ended.</summary>
    public Overlap Overlap { get; init; }

    /// <summary>What becomes of times that passed while no engine ran.</summary>
    public CatchUp CatchUp { get; init; }

    /// <summary>No older time is caught up.</summary>
    public TimeSpan CatchUpWindow { get; init; } = TimeSpan.FromDays(1);

    /// <summary>True starts nothing while every replica of every target runs already what the development instance holds.</summary>
    public bool OnlyWhenChanged { get; init; }
}

/// <summary>What becomes of a time that comes while the promotion of an earlier one has not ended.</summary>
public enum Overlap
{
    /// <summary>It is left out.</summary>
    Skip,

    /// <summary>It waits for that end; while one waits, further ones are left out.</summary>
    BufferOne,

    /// <summary>All wait, and start one after the other.</summary>
    BufferAll,
}

/// <summary>What becomes of times that passed while no engine ran.</summary>
public enum CatchUp
{
    /// <summary>They are left out.</summary>
    Skip,

    /// <summary>The last of them is made up for.</summary>
    Once,

    /// <summary>All of them are.</summary>
    All,
}
