using System.Globalization;
using Pipelines.Engine.Definitions;
using Pipelines.Storage.Hooks;

namespace Pipelines.Service.Http;

/// <summary>The promote button, and what came to it.</summary>
internal static class HookRoutes
{
    private const int DefaultPage = 50;
    private const int LargestPage = 200;

    public static void MapHooks(this IEndpointRouteBuilder app)
    {
        app.MapPost("/hooks/{pipeline}", (string pipeline, HookEndpoints hooks, HttpContext context) => hooks.ReceiveAsync(pipeline, context))
            .AllowAnonymous()
            .WithTags("Hooks")
            .WithName("ReceiveHook")
            .WithSummary("Promotes, asked by a signed webhook.")
            .WithDescription(
                "Standard Webhooks 1.0.0: webhook-id, webhook-timestamp and webhook-signature over the raw body. Where the hook has a secret for it, also as GitHub signs: X-GitHub-Delivery and "
                + "X-Hub-Signature-256; its ping is answered with 200. The same id, delivered again, answers with the same promotion. The body may be a CloudEvent (1.0, structured or binary) whose data "
                + "has the fields; then source and id name the request.")
            .Hears(StandardWebhook.IdHeader, "Names the delivery; the same on every retry.", required: false)
            .Hears(StandardWebhook.TimestampHeader, "When it was signed, in seconds since 1970; within 5 minutes of our clock.", required: false)
            .Hears(StandardWebhook.SignatureHeader, "v1,<base64 of HMAC-SHA256 over id.timestamp.body>; several with a space between.", required: false)
            .Hears(GithubSignature.IdHeader, "GitHub's name of the delivery.", required: false)
            .Hears(GithubSignature.SignatureHeader, "sha256=<hex of HMAC-SHA256 over the body>.", required: false)
            .Accepts<HookAsk>(isOptional: true, "application/json", "application/cloudevents+json")
            .Produces<AcceptedPromotion>(StatusCodes.Status202Accepted)
            .Produces<HookEndpoints.Pong>()
            .Refuses(400, 401, 404, 409, 413, 415, 422, 429, 503);
        app.MapGet("/hooks/{pipeline}/deliveries", ListAsync).Needs(Scopes.Read)
            .WithTags("Hooks")
            .WithName("ListHookDeliveries")
            .WithSummary("What came to the hook of a pipeline and what became of it, newest first.")
            .WithDescription("Accepted deliveries are kept as long as their promotions, the others for 30 days. Deliveries that nobody proved to have sent are noted up to 60 times a minute.")
            .Produces<HookDeliveryPage>().Refuses(400, 404);
    }

    private static async Task<HookDeliveryPage> ListAsync(
        string pipeline, Caller caller, HttpContext context, HookDeliveryStore store, DefinitionShelf definitions, string? before = null, string? limit = null)
    {
        _ = PromotionDoor.Pin(caller.Seen(definitions), pipeline, until: null);
        var size = limit is null ? DefaultPage
            : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= LargestPage ? number
            : throw new RefusedException(Refusal.BadRequest($"limit is a number from 1 to {LargestPage}."));
        var items = await store.ListAsync(pipeline, before is null ? null : Place(before), size + 1, context.RequestAborted);
        var page = items.Take(size).ToList();
        return new HookDeliveryPage(
            page,
            items.Count > size ? $"/hooks/{Uri.EscapeDataString(pipeline)}/deliveries?limit={size}&before={(page[^1].At - DateTimeOffset.UnixEpoch).Ticks}-{page[^1].Id}" : null);
    }

    private static (DateTimeOffset At, string Id) Place(string text) =>
        text.Split('-', 2) is [var ticks, { Length: > 0 } id] && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number < (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks && BodyReader.WhyNotText(id, 50, oneLine: true) is null
            ? (DateTimeOffset.UnixEpoch.AddTicks(number), id)
            : throw new RefusedException(Refusal.BadRequest("before is the place of a delivery. Follow the link next of a page."));
}

/// <summary>What a delivery may ask for; other fields are left alone.</summary>
/// <param name="Pipeline">The pipeline of this hook; another one is refused.</param>
/// <param name="SnapshotDigest">A stored snapshot to promote; without it a new one is taken.</param>
/// <param name="Until">The stage after which it ends: its kind, or the target of a rollout; without it the promotion walks through all.</param>
/// <param name="RequestedBy">Who pressed the button, in the words of the sender; up to 200 characters.</param>
/// <param name="Note">Why, for people; up to 2000 characters.</param>
internal sealed record HookAsk(string? Pipeline, string? SnapshotDigest, string? Until, string? RequestedBy, string? Note);

/// <param name="Next">The next page; null on the last.</param>
internal sealed record HookDeliveryPage(IReadOnlyList<HookDelivery> Items, string? Next);
