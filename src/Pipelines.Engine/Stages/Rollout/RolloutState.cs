using Pipelines.Contracts;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>A stage that brings a snapshot to every replica of a target. What each replica ran is in the ledger; here is only where the rollout stands.</summary>
public sealed class RolloutState : StageSaga
{
    public RolloutSettings Settings { get; set; } = null!;

    /// <summary>The fencing token under which the target is held; null while it is not.</summary>
    public long? Token { get; set; }

    /// <summary>How many replicas the target has.</summary>
    public int Replicas { get; set; }

    /// <summary>The wave that is under way, from 0.</summary>
    public int Wave { get; set; }

    /// <summary>When that wave must have ended.</summary>
    public DateTimeOffset WaveEndsAt { get; set; }

    /// <summary>The replicas of the wave that have not reported yet, by their place in the order.</summary>
    public List<int> Outstanding { get; set; } = [];

    /// <summary>So many replicas, from the first on, have been touched.</summary>
    public int Touched { get; set; }

    /// <summary>Counts the orders to replicas; a report on an earlier order is an echo.</summary>
    public int Order { get; set; }

    /// <summary>The replica that is being restored, by its place in the order.</summary>
    public int RestoringIndex { get; set; }

    /// <summary>Replicas that may be out of service because of us: those that were not restored before a retry, and those that failed or did not report when it turned back.</summary>
    public List<int> MayBeOut { get; set; } = [];

    /// <summary>Replicas that could not be restored.</summary>
    public List<int> Stuck { get; set; } = [];

    /// <summary>Set out again while replicas may be out of service: each wave is then a single one (I4).</summary>
    public bool OneByOne { get; set; }

    /// <summary>Why it is rolled back; the first reason stays.</summary>
    public string? Reason { get; set; }

    /// <summary>Why the last restore failed, beside the first reason.</summary>
    public string? StuckReason { get; set; }

    /// <summary>Somebody aborted it.</summary>
    public bool Aborted { get; set; }

    /// <summary>The last wish to cancel that was followed; the same one is repeated until it is.</summary>
    public int CancelRequest { get; set; }

    /// <summary>The engine tries by itself to finish a restore; people have been called already.</summary>
    public bool Quiet { get; set; }

    /// <summary>People were called, and told what every replica runs, since it last set out.</summary>
    public bool Told { get; set; }

    /// <summary>A person wants the old flows back whatever a replica runs now.</summary>
    public bool Force { get; set; }

    /// <summary>Somebody asked to carry on while the engine was trying by itself.</summary>
    public bool RetryWanted { get; set; }

    public override object WakeUp() => RolloutSteps.Wake(this);
}
