using System.Text.Json;

namespace Pipelines.StandTests.Fire.Auditing;

/// <summary>What the auditor has before it.</summary>
internal sealed record Books
{
    public required DateTimeOffset Now { get; init; }

    public required IReadOnlyList<PromotionRow> Promotions { get; init; }

    public required IReadOnlyList<StageRow> Stages { get; init; }

    public required IReadOnlyList<ReplicaRow> Replicas { get; init; }

    public required ILookup<Guid, Line> Lines { get; init; }

    public required IReadOnlyList<FeedRow> Feed { get; init; }

    public required IReadOnlyList<HoldRow> Holds { get; init; }

    public required IReadOnlyList<SagaRow> Sagas { get; init; }

    public required IReadOnlyList<SnapshotRow> Snapshots { get; init; }

    public required IReadOnlyList<string> SetAside { get; init; }

    public IReadOnlyList<ReplicaRecord> Records { get; init; } = [];

    public IReadOnlyList<Receipt> Receipts { get; init; } = [];

    public IReadOnlyDictionary<Guid, Ending> Before { get; init; } = new Dictionary<Guid, Ending>();

    /// <summary>Every rollout that has come so far as to know its replicas.</summary>
    public IReadOnlyList<Rollout> Rollouts => field ??=
        [.. from rows in Replicas.GroupBy(x => x.Stage)
            let stage = Stages.Single(x => x.Id == rows.Key)
            select new Rollout(Promotions.Single(x => x.Id == stage.Promotion), stage, [.. rows.OrderBy(x => x.Index)])];

    public ReplicaRecord? RecordOf(string target, string replica) => Records.FirstOrDefault(x => x.Target == target && x.Replica == replica);
}

internal sealed record PromotionRow(
    Guid Id, string Key, string Pipeline, string State, string? Snapshot, DateTimeOffset AcceptedAt, DateTimeOffset? EndedAt, int LastSeq, byte[] LastHash, JsonElement Definition);

internal sealed record StageRow(Guid Id, Guid Promotion, int Index, string Kind, string State, DateTimeOffset? EndedAt);

internal sealed record ReplicaRow(Guid Stage, int Index, Guid Promotion, string Target, string Replica, string Before, bool BeforeRan, DateTimeOffset? TouchedAt, string State);

/// <summary>One line of a timeline.</summary>
/// <param name="Promotion">Whose.</param>
/// <param name="Seq">Its number.</param>
/// <param name="At">When.</param>
/// <param name="Micros">The same as it is hashed.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Text">What it says, as the database writes it, which is what is hashed.</param>
/// <param name="Hash">Of this and all before it.</param>
internal sealed record Line(Guid Promotion, int Seq, DateTimeOffset At, long Micros, string Type, string Text, byte[] Hash)
{
    public JsonElement Data { get; } = JsonSerializer.Deserialize<JsonElement>(Text);

    public string? this[string name] => Data.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;

    public bool IsEnd => Type == "promotion" && this["ended"] == "True";
}

internal sealed record FeedRow(long? Number, Guid Promotion, int Seq, string Event);

/// <summary>Who holds a target, or has a place in line for it.</summary>
internal sealed record HoldRow(string Target, Guid Stage, Guid Promotion, bool IsPlace);

internal sealed record SagaRow(string Machine, Guid Id, string State, DateTimeOffset? DeadlineAt, JsonElement Body)
{
    public string? this[string name] => Body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
}

internal sealed record SnapshotRow(string Digest, int Size, byte[] Compressed);

/// <summary>How a promotion had ended at an earlier look.</summary>
internal sealed record Ending(string State, DateTimeOffset At, int LastSeq);

/// <summary>What a caller was told: the trigger was accepted, and this is the promotion.</summary>
internal sealed record Receipt(string Key, Guid Promotion);

/// <summary>One rollout with its replicas, in the order of their waves.</summary>
internal sealed record Rollout(PromotionRow Promotion, StageRow Stage, IReadOnlyList<ReplicaRow> Replicas)
{
    public string Target => Replicas[0].Target;

    public DateTimeOffset? FirstTouch => Replicas.Min(x => x.TouchedAt);

    public bool HasSucceeded => Stage.State == "Succeeded";

    /// <summary>How many may be out of service, in the words of the definition that the promotion was pinned to.</summary>
    public int MaxUnavailable =>
        Promotion.Definition.GetProperty("stages")[Stage.Index].GetProperty("settings").GetProperty("maxUnavailable").ToString() switch
        {
            [.. var percent, '%'] => Math.Max(1, Replicas.Count * int.Parse(percent) / 100),
            var number => int.Parse(number),
        };

    /// <summary>What a replica has to hold once it has ended; null is not said.</summary>
    public string? Due(ReplicaRow replica) => Stage.EndedAt is null ? null : HasSucceeded ? Promotion.Snapshot : replica.Before;

    public override string ToString() => $"rollout of {Promotion.Pipeline} to {Target}";
}
