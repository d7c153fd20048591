using System.Globalization;
using System.Text;
using Pipelines.Engine.Definitions;
using Pipelines.Service.Http;
using Pipelines.Storage.Webhooks;

namespace Pipelines.Service.Outbound;

/// <summary>Webhooks out: who hears of what, and what became of each delivery.</summary>
internal static partial class WebhookEndpoints
{
    private const int DefaultPage = 50;
    private const int LargestPage = 200;

    private static readonly string[] States = ["Pending", "Delivered", "Failed"];

    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup("/webhooks").WithTags("Webhooks");
        webhooks.MapPost("", MakeAsync).Needs(Scopes.Administer)
            .WithName("MakeWebhook").WithSummary("Subscribes a URL to events. Its secret is shown this once.")
            .WithDescription("Deliveries are CloudEvents as JSON, signed as Standard Webhooks 1.0.0 says: at least once, in no certain order.")
            .Accepts<WebhookBody>("application/json").Produces<MadeWebhook>(StatusCodes.Status201Created).Refuses(400, 413, 415, 422);
        webhooks.MapGet("", ListAsync).Needs(Scopes.Operate)
            .WithName("ListWebhooks").WithSummary("All subscriptions, never their secrets. A token that is limited to pipelines sees those that hear of no others.").Produces<WebhookList>();
        webhooks.MapGet("/{id:guid}", FindAsync).Needs(Scopes.Operate)
            .WithName("GetWebhook").WithSummary("A subscription and how it stands.").Produces<WebhookView>().Refuses(404);
        webhooks.MapPatch("/{id:guid}", ChangeAsync).Needs(Scopes.Administer)
            .WithName("ChangeWebhook").WithSummary("Changes a subscription, or enables it again: what waits for it goes on.")
            .Accepts<WebhookPatch>("application/json").Produces<WebhookView>().Refuses(400, 404, 413, 415, 422);
        webhooks.MapDelete("/{id:guid}", DeleteAsync).Needs(Scopes.Administer)
            .WithName("DeleteWebhook").WithSummary("Ends a subscription; its deliveries go with it.").Produces(StatusCodes.Status204NoContent).Refuses(404);
        webhooks.MapPost("/{id:guid}/rotate-secret", RotateAsync).Needs(Scopes.Administer)
            .WithName("RotateWebhookSecret").WithSummary("A new secret, shown this once; the one before it signs as well for a while.")
            .Accepts<RotateBody>(isOptional: true, "application/json").Produces<RotatedSecret>().Refuses(400, 404, 413, 415);
        webhooks.MapGet("/{id:guid}/deliveries", DeliveriesAsync).Needs(Scopes.Operate)
            .WithName("ListWebhookDeliveries").WithSummary("What was sent and what became of it, newest first.").Produces<DeliveryPage>().Refuses(400, 404);
        webhooks.MapGet("/{id:guid}/deliveries/{delivery:long}", DeliveryAsync).Needs(Scopes.Operate)
            .WithName("GetWebhookDelivery").WithSummary("A delivery with its body.").Produces<DeliveryDetail>().Refuses(404);
        webhooks.MapPost("/{id:guid}/deliveries/{delivery:long}/resend", ResendAsync).Needs(Scopes.Operate)
            .WithName("ResendWebhookDelivery").WithSummary("Sends a delivery again, at once and under its own id.")
            .Produces<ResentDelivery>(StatusCodes.Status202Accepted).Refuses(404, 409);
    }

    private static async Task<IResult> MakeAsync(
        Caller caller, HttpContext context, WebhookSubscriptions subscriptions, DefinitionShelf definitions, OutboundSettings settings, AddressGuard guard, ILogger<WebhookFanOut> logger)
    {
        var body = BodyReader.ParseObject(
            context.Request, await BodyReader.ReadAsync(context.Request, context.RequestAborted), ["url", "events", "pipelines", "description", "secret"]);
        var url = await WebhookFields.UrlAsync(body, settings, guard, context.RequestAborted)
            ?? throw new RefusedException(Refusal.BadBody("'url' is missing. Say where events are to be sent."));
        var secret = WebhookFields.Secret(body);
        var webhook = new NewWebhook(
            Guid.NewGuid(), url, WebhookFields.Description(body), WebhookFields.Events(body) ?? [], caller.OrReach(NameLists.Pipelines(body, caller.Seen(definitions))), secret);
        await subscriptions.AddAsync(webhook, caller.Who, context.RequestAborted);
        LogChanged(logger, webhook.Id, "made", caller.Name);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/webhooks/{webhook.Id}", new MadeWebhook(webhook.Id, secret, await ViewAsync(webhook.Id, caller, subscriptions, context.RequestAborted)));
    }

    private static async Task<WebhookList> ListAsync(Caller caller, WebhookSubscriptions subscriptions, CancellationToken cancellationToken) =>
        new([.. (await subscriptions.ListAsync(caller.Reach, cancellationToken)).Select(WebhookView.Of)]);

    private static Task<WebhookView> FindAsync(Guid id, Caller caller, WebhookSubscriptions subscriptions, CancellationToken cancellationToken) =>
        ViewAsync(id, caller, subscriptions, cancellationToken);

    private static async Task<WebhookView> ChangeAsync(
        Guid id, Caller caller, HttpContext context, WebhookSubscriptions subscriptions, DefinitionShelf definitions, OutboundSettings settings, AddressGuard guard, WebhookBell bell,
        ILogger<WebhookFanOut> logger)
    {
        var body = BodyReader.ParseObject(
            context.Request, await BodyReader.ReadAsync(context.Request, context.RequestAborted), ["url", "events", "pipelines", "description", "enabled"]);
        var change = new WebhookChange(
            await WebhookFields.UrlAsync(body, settings, guard, context.RequestAborted), body.TryGetProperty("description", out _), WebhookFields.Description(body),
            WebhookFields.Events(body), NameLists.Pipelines(body, caller.Seen(definitions)) is { } named ? caller.OrReach(named) : null, WebhookFields.Enabled(body));
        if (!await subscriptions.ChangeAsync(id, change, caller.Reach, caller.Who, context.RequestAborted))
        {
            throw new RefusedException(Missing(id));
        }

        LogChanged(logger, id, change.Enabled switch { true => "enabled", false => "disabled", null => "changed" }, caller.Name);
        bell.Ring();
        return await ViewAsync(id, caller, subscriptions, context.RequestAborted);
    }

    private static async Task<IResult> DeleteAsync(Guid id, Caller caller, HttpContext context, WebhookSubscriptions subscriptions, ILogger<WebhookFanOut> logger)
    {
        if (!await subscriptions.DeleteAsync(id, caller.Reach, caller.Who, context.RequestAborted))
        {
            throw new RefusedException(Missing(id));
        }

        LogChanged(logger, id, "deleted", caller.Name);
        return TypedResults.NoContent();
    }

    private static async Task<RotatedSecret> RotateAsync(
        Guid id, Caller caller, HttpContext context, WebhookSubscriptions subscriptions, TimeProvider time, ILogger<WebhookFanOut> logger)
    {
        var body = BodyReader.ParseObject(context.Request, await BodyReader.ReadAsync(context.Request, context.RequestAborted), ["secret", "keepOldFor"]);
        var secret = WebhookFields.Secret(body);
        var until = time.GetUtcNow() + WebhookFields.KeepOldFor(body);
        if (!await subscriptions.RotateAsync(id, secret, until, caller.Reach, caller.Who, context.RequestAborted))
        {
            throw new RefusedException(Missing(id));
        }

        LogChanged(logger, id, "given a new secret", caller.Name);
        context.Response.Headers.CacheControl = "no-store";
        return new RotatedSecret(id, secret, until);
    }

    private static async Task<DeliveryPage> DeliveriesAsync(
        Guid id, Caller caller, WebhookSubscriptions subscriptions, WebhookDeliveries deliveries, CancellationToken cancellationToken, string? state = null, string? after = null, string? limit = null)
    {
        var size = limit is null ? DefaultPage
            : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= LargestPage ? number
            : throw new RefusedException(Refusal.BadRequest($"limit is a number from 1 to {LargestPage}."));
        long? behind = after is null ? null
            : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last
            : throw new RefusedException(Refusal.BadRequest("after is the id of a delivery. Follow the link next of a page."));
        var wanted = state is null ? null
            : Array.Find(States, x => x.Equals(state, StringComparison.OrdinalIgnoreCase))
            ?? throw new RefusedException(Refusal.BadRequest($"'{BodyReader.Shown(state)}' is no state. It is one of: pending, delivered, failed."));
        await ViewAsync(id, caller, subscriptions, cancellationToken);
        var rows = await deliveries.ListAsync(id, wanted, behind, size + 1, cancellationToken);
        var items = rows.Take(size).Select(DeliveryView.Of).ToList();
        return new DeliveryPage(
            items,
            rows.Count > size ? $"/webhooks/{id}/deliveries?limit={size}{(wanted is null ? "" : $"&state={items[^1].State}")}&after={items[^1].Id}" : null);
    }

    private static async Task<DeliveryDetail> DeliveryAsync(
        Guid id, long delivery, Caller caller, WebhookSubscriptions subscriptions, WebhookDeliveries deliveries, CancellationToken cancellationToken)
    {
        await ViewAsync(id, caller, subscriptions, cancellationToken);
        var found = await deliveries.FindAsync(id, delivery, cancellationToken) ?? throw new RefusedException(Missing(id, delivery));
        return new DeliveryDetail(DeliveryView.Of(found), ApiJson.Raw(Encoding.UTF8.GetString(found.Body!)));
    }

    private static async Task<IResult> ResendAsync(
        Guid id, long delivery, Caller caller, HttpContext context, WebhookSubscriptions subscriptions, WebhookDeliveries deliveries, WebhookBell bell, ILogger<WebhookFanOut> logger)
    {
        var webhook = await ViewAsync(id, caller, subscriptions, context.RequestAborted);
        if (!await deliveries.ResendAsync(id, delivery, caller.Who, context.RequestAborted))
        {
            _ = await deliveries.FindAsync(id, delivery, context.RequestAborted) ?? throw new RefusedException(Missing(id, delivery));
            throw new RefusedException(Refusal.Conflict(webhook.Enabled
                ? "It is being sent at this moment."
                : "The subscription is disabled. Enable it first: PATCH it with {\"enabled\":true}."));
        }

        LogResent(logger, delivery, id, caller.Name);
        bell.Ring();
        var self = $"/webhooks/{id}/deliveries/{delivery}";
        return TypedResults.Accepted(self, new ResentDelivery(delivery, self));
    }

    private static async Task<WebhookView> ViewAsync(Guid id, Caller caller, WebhookSubscriptions subscriptions, CancellationToken cancellationToken) =>
        await subscriptions.FindAsync(id, caller.Reach, cancellationToken) is { } found ? WebhookView.Of(found) : throw new RefusedException(Missing(id));

    private static Refusal Missing(Guid id) => Refusal.NotFound($"There is no webhook {id}. GET /webhooks lists them.");

    private static Refusal Missing(Guid id, long delivery) => Refusal.NotFound($"There is no delivery {delivery} of webhook {id}, or it is older than 30 days.");

    [LoggerMessage(3080, LogLevel.Information, "Webhook {Webhook} was {What} by {By}.")]
    private static partial void LogChanged(ILogger logger, Guid webhook, string what, string by);

    [LoggerMessage(3081, LogLevel.Information, "Delivery {Delivery} of webhook {Webhook} was sent again by {By}.")]
    private static partial void LogResent(ILogger logger, long delivery, Guid webhook, string by);
}
