using System.Text.Json;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Http;

/// <summary>The body of POST /promotions.</summary>
/// <param name="Pipeline">The pipeline to promote through.</param>
/// <param name="SnapshotDigest">A stored snapshot to promote; without it a new one is taken.</param>
/// <param name="Until">The stage after which it ends: its kind, or the target of a rollout; without it the promotion walks through all.</param>
/// <param name="Note">Why, for people.</param>
internal sealed record PromoteBody(string Pipeline, string? SnapshotDigest, string? Until, string? Note);

/// <param name="Reason">Why, for people.</param>
internal sealed record AbortBody(string? Reason);

/// <summary>It was asked; the timeline says what comes of it.</summary>
/// <param name="State">The state in which it was asked.</param>
internal sealed record AskedPromotion(Guid Id, string State, PromotionLinks Links);

/// <param name="Next">The next page; null on the last.</param>
internal sealed record PromotionPage(IReadOnlyList<PromotionSummary> Items, string? Next);

/// <param name="SupersededBy">The promotion that took its place while it waited for its turn.</param>
internal sealed record PromotionSummary(
    Guid Id, string Pipeline, string State, string? Reason, string Trigger, string RequestedBy, string? Note, string? RequestedDigest, string? SnapshotDigest,
    string DefinitionDigest, Guid? SupersededBy, DateTimeOffset AcceptedAt, DateTimeOffset? EndedAt, PromotionLinks Links)
{
    public static PromotionSummary Of(PromotionRow row) => new(
        row.Id, row.Pipeline, row.State, row.Reason, row.Trigger, row.RequestedBy, row.Note, row.RequestedDigest, row.SnapshotDigest,
        row.DefinitionDigest, row.SupersededBy, row.AcceptedAt, row.EndedAt, PromotionLinks.Of(row.Id));
}

/// <param name="SupersededBy">The promotion that took its place while it waited for its turn.</param>
/// <param name="Definition">The pipeline's file as it was when the promotion began.</param>
/// <param name="Timeline">From the first line on, up to 1000 of them.</param>
/// <param name="LastSeq">The number of the last line; there are more than shown when it is larger than the last shown one.</param>
/// <param name="Until">The stage after which it ends, when somebody asked for that.</param>
internal sealed record PromotionView(
    Guid Id, string Pipeline, string State, string? Reason, string Trigger, string RequestedBy, string? Note, string? RequestedDigest, string? SnapshotDigest,
    string DefinitionDigest, Guid? SupersededBy, DateTimeOffset AcceptedAt, DateTimeOffset? EndedAt, PromotionLinks Links,
    IReadOnlyList<StageRow> Stages, IReadOnlyList<ReplicaRow> Replicas, IReadOnlyList<FindingRow> Findings, IReadOnlyList<EventView> Timeline, int LastSeq,
    string? Until, string Definition)
{
    public static PromotionView Of(PromotionDetail detail)
    {
        var row = detail.Promotion;
        return new(
            row.Id, row.Pipeline, row.State, row.Reason, row.Trigger, row.RequestedBy, row.Note, row.RequestedDigest, row.SnapshotDigest,
            row.DefinitionDigest, row.SupersededBy, row.AcceptedAt, row.EndedAt, PromotionLinks.Of(row.Id),
            detail.Stages, detail.Replicas, detail.Findings, [.. detail.Events.Select(EventView.Of)], detail.LastSeq, row.Until, row.Definition);
    }
}

/// <param name="Seq">Counts the lines of a promotion from 1 without gaps.</param>
/// <param name="Hash">SHA-256 over this line and the one before it.</param>
internal sealed record EventView(int Seq, DateTimeOffset At, string Type, JsonElement Data, string Hash)
{
    public static EventView Of(EventRow row) => new(row.Seq, row.At, row.Type, ApiJson.Raw(row.Data), row.Hash);
}
