using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Contracts;
using Pipelines.Contracts.Events;

namespace Pipelines.Engine.Feed;

/// <summary>One event that others can hear.</summary>
/// <param name="Name">Such as <c>promotion.succeeded</c>.</param>
/// <param name="Version">Of its data; part of its type.</param>
/// <param name="Data">The record.</param>
/// <param name="Read">From the line of the timeline.</param>
/// <param name="OfPipeline">Whether it is about a pipeline; else about the house, and whoever subscribes to some pipelines does not hear it.</param>
public sealed record FeedEvent(string Name, int Version, Type Data, Func<FeedEntry, FeedLine, object> Read, bool OfPipeline = true)
{
    public string Type => FeedEvents.TypeOf(Name, Version);
}

/// <summary>The one list of all events for others: from it come what is published, what subscriptions may name, and <c>asyncapi.yaml</c>.</summary>
public static class FeedEvents
{
    public static IReadOnlyList<FeedEvent> All { get; } =
    [
        Of("promotion.accepted", (e, x) => new PromotionAcceptedV1(e.PromotionId, e.Pipeline, x.Trigger ?? "", x.RequestedBy ?? "", x.Note, x.SnapshotDigest)),
        Of("stage.started", (e, x) => new StageStartedV1(e.PromotionId, e.Pipeline, x.Index ?? 0, x.Kind ?? "")),
        Of("stage.succeeded", (e, x) => new StageSucceededV1(e.PromotionId, e.Pipeline, x.Index ?? 0, x.Kind ?? "")),
        Of("stage.failed", (e, x) => new StageFailedV1(e.PromotionId, e.Pipeline, x.Index ?? 0, x.Kind ?? "", x.Reason)),
        Of("stage.cancelled", (e, x) => new StageCancelledV1(e.PromotionId, e.Pipeline, x.Index ?? 0, x.Kind ?? "", x.Reason)),
        Of("replica.deployed", (e, x) => new ReplicaDeployedV1(e.PromotionId, e.Pipeline, x.Target ?? "", x.Replica ?? "", x.Wave)),
        Of("replica.restored", (e, x) => new ReplicaRestoredV1(e.PromotionId, e.Pipeline, x.Target ?? "", x.Replica ?? "", x.Wave)),
        Of("promotion.succeeded", (e, x) => new PromotionSucceededV1(e.PromotionId, e.Pipeline, x.SnapshotDigest)),
        Of("promotion.failed", (e, x) => new PromotionFailedV1(e.PromotionId, e.Pipeline, x.Reason, x.SnapshotDigest)),
        Of("promotion.rolled-back", (e, x) => new PromotionRolledBackV1(e.PromotionId, e.Pipeline, x.Reason, x.SnapshotDigest)),
        Of("promotion.aborted", (e, x) => new PromotionAbortedV1(e.PromotionId, e.Pipeline, x.Reason, x.SnapshotDigest)),
        Of("promotion.superseded", (e, x) => new PromotionSupersededV1(e.PromotionId, e.Pipeline, x.Reason, x.SupersededBy)),
        Of("promotion.needs-attention", (e, x) => new PromotionNeedsAttentionV1(e.PromotionId, e.Pipeline, x.Reason ?? "", x.Replicas ?? [])),
        Of("drift.seen", (e, x) => new DriftSeenV1(e.PromotionId, e.Pipeline, x.Target ?? "", x.Replica ?? "", x.Expected ?? "", x.Runs ?? "")),
        Of("webhook.disabled", (e, x) => new WebhookDisabledV1(e.PromotionId, x.Reason ?? "")) with { OfPipeline = false },
    ];

    private static readonly Dictionary<string, FeedEvent> ByName = All.ToDictionary(x => x.Name, StringComparer.Ordinal);

    public static FeedEvent? Find(string name) => ByName.GetValueOrDefault(name);

    public static string TypeOf(string name, int version) => $"pipelines.{name}.v{version}";

    /// <summary>The event of an entry. One that a newer version of this program wrote is passed on as it is: a reader that has gone by would never see it again.</summary>
    public static CloudEvent ToCloudEvent(FeedEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var known = Find(entry.Event);
        var data = known is null ? AsItIs(entry) : known.Read(entry, JsonSerializer.Deserialize<FeedLine>(entry.Line, CloudEvent.Json) ?? new FeedLine());
        return new CloudEvent(
            entry.Number, entry.Event, entry.Pipeline, $"{entry.PromotionId:N}-{entry.Sequence}", known?.Type ?? TypeOf(entry.Event, 1), entry.PromotionId.ToString(), entry.At, entry.Sequence, data);
    }

    private static FeedEvent Of<T>(string name, Func<FeedEntry, FeedLine, T> read)
        where T : notnull =>
        new(name, 1, typeof(T), (entry, line) => read(entry, line));

    private static JsonObject AsItIs(FeedEntry entry)
    {
        var data = JsonNode.Parse(entry.Line) as JsonObject ?? [];
        data["promotionId"] = entry.PromotionId.ToString();
        data["pipeline"] = entry.Pipeline;
        return data;
    }
}

/// <summary>What lines of the timeline may say; each says some of it.</summary>
public sealed record FeedLine
{
    public string? Trigger { get; init; }

    public string? RequestedBy { get; init; }

    public string? Note { get; init; }

    public string? SnapshotDigest { get; init; }

    public int? Index { get; init; }

    public string? Kind { get; init; }

    public string? Reason { get; init; }

    public string? Target { get; init; }

    public string? Replica { get; init; }

    public int? Wave { get; init; }

    public Guid? SupersededBy { get; init; }

    public IReadOnlyList<ReplicaRuns>? Replicas { get; init; }

    public string? Expected { get; init; }

    public string? Runs { get; init; }
}
