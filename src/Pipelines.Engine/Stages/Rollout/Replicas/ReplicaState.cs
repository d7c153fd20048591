using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages.Rollout.Replicas;

/// <summary>One replica within one rollout.</summary>
public sealed class ReplicaState : WaitingSaga
{
    public ReplicaInRollout Which { get; set; } = null!;

    /// <summary>The rollout's latest order; what is reported names it.</summary>
    public int Order { get; set; }

    public string SnapshotDigest { get; set; } = "";

    /// <summary>What it ran before it was touched.</summary>
    public RecordedReplica Before { get; set; } = null!;

    public RolloutSettings Settings { get; set; } = null!;

    /// <summary>It must be restored as soon as the question that is out is answered: what is under way on a replica cannot be called back.</summary>
    public bool RestoreWanted { get; set; }

    /// <summary>The same on the way forth: a restore is out, and the replica is to be deployed once it is answered.</summary>
    public bool DeployWanted { get; set; }

    public int RestoreTries { get; set; }

    /// <summary>A person wants it restored whatever it runs now.</summary>
    public bool Force { get; set; }

    public DateTimeOffset SoakEndsAt { get; set; }

    public override object WakeUp() => ReplicaSteps.Wake(this);

    public override Guid OfPromotion() => Which.PromotionId;
}
