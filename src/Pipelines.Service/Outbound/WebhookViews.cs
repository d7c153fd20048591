using System.Text.Json;
using Pipelines.Storage.Webhooks;

namespace Pipelines.Service.Outbound;

internal sealed record WebhookList(IReadOnlyList<WebhookView> Items);

/// <param name="Events">Empty means all.</param>
/// <param name="Pipelines">Empty means all.</param>
/// <param name="Enabled">Whether it is sent anything.</param>
/// <param name="DisabledReason">Why it is not.</param>
/// <param name="FailingSince">Since when nothing that was tried came through; null when the last did.</param>
/// <param name="QuietUntil">Until when it asked to be left alone.</param>
/// <param name="OldSecretUntil">Until when the secret before the present one signs as well.</param>
/// <param name="Waiting">Deliveries that wait for it, counted up to 1000.</param>
internal sealed record WebhookView(
    Guid Id, string Url, string? Description, IReadOnlyList<string> Events, IReadOnlyList<string> Pipelines, bool Enabled, DateTimeOffset? DisabledAt, string? DisabledReason,
    DateTimeOffset? FailingSince, DateTimeOffset? QuietUntil, DateTimeOffset? OldSecretUntil, int Waiting, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ChangedAt,
    string ChangedBy)
{
    public static WebhookView Of(WebhookSubscription x) => new(
        x.Id, x.Url, x.Description, x.Events, x.Pipelines, x.DisabledAt is null, x.DisabledAt, x.DisabledReason, x.FailingSince, x.QuietUntil, x.OldSecretUntil, x.Waiting, x.CreatedAt,
        x.CreatedBy, x.ChangedAt, x.ChangedBy);
}

/// <param name="Secret">What deliveries are signed with, this once.</param>
internal sealed record MadeWebhook(Guid Id, string Secret, WebhookView Webhook);

/// <param name="Secret">What deliveries are signed with from now on, this once.</param>
/// <param name="OldSecretUntil">Until when the one before it signs as well.</param>
internal sealed record RotatedSecret(Guid Id, string Secret, DateTimeOffset OldSecretUntil);

/// <param name="Next">The next page; null on the last.</param>
internal sealed record DeliveryPage(IReadOnlyList<DeliveryView> Items, string? Next);

/// <param name="WebhookId">The header webhook-id, the same on every try: the id of the event.</param>
/// <param name="State">pending, delivered or failed (given up).</param>
/// <param name="UnderWay">Whether it is being sent at this moment.</param>
/// <param name="LastStatus">Null when nothing was answered.</param>
/// <param name="LastAnswer">The beginning of what was answered.</param>
internal record DeliveryView(
    long Id, string WebhookId, string Event, string Pipeline, string State, DateTimeOffset CreatedAt, int Attempts, bool UnderWay, DateTimeOffset? NextTryAt,
    DateTimeOffset? LastTriedAt, int? LastStatus, string? LastError, string? LastAnswer, DateTimeOffset? EndedAt, DateTimeOffset? ResentAt, string? ResentBy)
{
    public static DeliveryView Of(WebhookDelivery x) => new(
        x.Id, x.EventId, x.Event, x.Pipeline, WordOf(x.State), x.CreatedAt, x.Attempts, x.UnderWay, x.NextTryAt, x.LastTriedAt, x.LastStatus, x.LastError, x.LastAnswer, x.EndedAt,
        x.ResentAt, x.ResentBy);

    private static string WordOf(string state) => state switch { "Pending" => "pending", "Delivered" => "delivered", "Failed" => "failed", _ => state };
}

/// <param name="Body">What is sent.</param>
internal sealed record DeliveryDetail(DeliveryView Delivery, JsonElement Body);

/// <summary>It will be sent at once.</summary>
internal sealed record ResentDelivery(long Id, string Self);
