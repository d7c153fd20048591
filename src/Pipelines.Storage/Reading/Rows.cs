namespace Pipelines.Storage.Reading;

/// <summary>A promotion in a list.</summary>
public record PromotionRow
{
    public Guid Id { get; init; }

    public required string Pipeline { get; init; }

    public required string State { get; init; }

    /// <summary>The first reason; null when all went well so far.</summary>
    public string? Reason { get; init; }

    /// <summary>What started it: <c>webhook</c>, <c>api</c>.</summary>
    public required string Trigger { get; init; }

    public required string RequestedBy { get; init; }

    public string? Note { get; init; }

    /// <summary>The stored snapshot that was asked for; null takes a new one.</summary>
    public string? RequestedDigest { get; init; }

    /// <summary>The snapshot that is promoted; null before it is taken.</summary>
    public string? SnapshotDigest { get; init; }

    /// <summary>Names the definition that it walks by.</summary>
    public required string DefinitionDigest { get; init; }

    /// <summary>The promotion that took its place while it waited for its turn.</summary>
    public Guid? SupersededBy { get; init; }

    public DateTimeOffset AcceptedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>A promotion with the text of its definition.</summary>
public sealed record DefinedPromotionRow : PromotionRow
{
    /// <summary>The pipeline's file as it was when the promotion began.</summary>
    public required string Definition { get; init; }

    /// <summary>The stage after which it ends; null walks through all.</summary>
    public string? Until { get; init; }
}

/// <summary>A stage that has begun.</summary>
public sealed record StageRow
{
    public Guid StageId { get; init; }

    public int Index { get; init; }

    public required string Kind { get; init; }

    public required string State { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>A replica in a rollout.</summary>
public sealed record ReplicaRow
{
    public Guid StageId { get; init; }

    public int Index { get; init; }

    /// <summary>The instance.</summary>
    public required string Target { get; init; }

    public required string Replica { get; init; }

    public required string State { get; init; }

    public int Attempt { get; init; }

    public int? Wave { get; init; }

    /// <summary>Written before it was touched; null when it never was.</summary>
    public DateTimeOffset? TouchedAt { get; init; }

    /// <summary>The revision that it ran before.</summary>
    public required string Before { get; init; }

    /// <summary>Whether those flows were running.</summary>
    public bool BeforeRan { get; init; }

    /// <summary>The revision that it was last found to run.</summary>
    public string? Runs { get; init; }

    /// <summary>Why it could not be asked, or what is wrong with it.</summary>
    public string? Problem { get; init; }

    public string? LastError { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What a rule says.</summary>
public sealed record FindingRow
{
    public Guid StageId { get; init; }

    public required string Rule { get; init; }

    public required string Severity { get; init; }

    public required string Reason { get; init; }

    public required string Cure { get; init; }

    public string? Replica { get; init; }

    public string? NodeId { get; init; }

    public string? NodeName { get; init; }

    public string? NodeType { get; init; }

    public string? Tab { get; init; }

    public string? Property { get; init; }
}

/// <summary>A line of the timeline.</summary>
public sealed record EventRow
{
    public int Seq { get; init; }

    public DateTimeOffset At { get; init; }

    public required string Type { get; init; }

    /// <summary>JSON.</summary>
    public required string Data { get; init; }

    /// <summary>Over this line and the one before it, in hexadecimal.</summary>
    public required string Hash { get; init; }
}

/// <summary>Where a promotion stands.</summary>
public sealed record PromotionHead
{
    public required string Pipeline { get; init; }

    public required string State { get; init; }

    public bool Ended { get; init; }

    /// <summary>The number of the last line of its timeline.</summary>
    public int LastSeq { get; init; }
}

/// <summary>A promotion with all that people read about it.</summary>
public sealed record PromotionDetail(
    DefinedPromotionRow Promotion,
    IReadOnlyList<StageRow> Stages,
    IReadOnlyList<ReplicaRow> Replicas,
    IReadOnlyList<FindingRow> Findings,
    IReadOnlyList<EventRow> Events,
    int LastSeq);

/// <summary>A snapshot without its flows.</summary>
public sealed record SnapshotRow
{
    public required string Digest { get; init; }

    /// <summary>In bytes, as Node-RED wrote them.</summary>
    public int Size { get; init; }

    public DateTimeOffset StoredAt { get; init; }
}

/// <summary>Where a snapshot came from, once.</summary>
public sealed record ProvenanceRow
{
    public Guid PromotionId { get; init; }

    public required string Instance { get; init; }

    public required string NodeRedVersion { get; init; }

    /// <summary>JSON: each node type with the module and version behind it.</summary>
    public required string Types { get; init; }

    public required string RequestedBy { get; init; }

    public DateTimeOffset TakenAt { get; init; }
}

internal sealed record PackedRow
{
    public int Size { get; init; }

    public byte[] Compressed { get; init; } = [];
}
