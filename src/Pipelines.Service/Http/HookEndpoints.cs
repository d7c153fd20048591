using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers;
using Pipelines.Service.Wiring;

namespace Pipelines.Service.Http;

/// <summary>
/// The promote button: a signed webhook becomes a promotion. Who has not proved itself learns only that: a hook without a secret and a pipeline that
/// does not exist look the same, and neither the time nor the body is judged before the signature.
/// </summary>
internal sealed partial class HookEndpoints(
    HookSecrets secrets, DefinitionShelf definitions, PromotionDoor door, PromotionMetrics metrics, TimeProvider time, ILogger<HookEndpoints> logger)
{
    private const int LongestId = 200;

    public async Task<IResult> ReceiveAsync(string pipeline, HttpContext context)
    {
        var id = context.Request.Headers[StandardWebhook.IdHeader].ToString();
        try
        {
            var accepted = await AcceptAsync(pipeline, id, context);
            LogAccepted(id, pipeline, accepted.Id, accepted.Duplicate);
            return accepted.ToResult();
        }
        catch (Exception e) when (e is RefusedException or BadHttpRequestException)
        {
            var status = e is RefusedException refused ? refused.Refusal.Status : ((BadHttpRequestException)e).StatusCode;
            metrics.HookRefused(status);
            LogRefused(BodyReader.Shown(id), BodyReader.Shown(pipeline), status, e.Message, context.Connection.RemoteIpAddress?.ToString());
            throw;
        }
    }

    private async Task<AcceptedPromotion> AcceptAsync(string pipeline, string id, HttpContext context)
    {
        var request = context.Request;
        var body = await BodyReader.ReadAsync(request, context.RequestAborted);
        var keys = secrets.KeysOf(pipeline) ?? throw new RefusedException(new Refusal(
            404, "no-hook", "There is no such hook.",
            $"Hooks are answered only where their secret is configured: set {ServiceSettings.HooksSection}:<pipeline>:Secrets, or {ServiceSettings.HooksSection}:{ServiceSettings.DefaultHook}:Secrets for all."));
        if (StandardWebhook.WhyNot(
            id, request.Headers[StandardWebhook.TimestampHeader], request.Headers[StandardWebhook.SignatureHeader], body.Span, keys, time.GetUtcNow()) is { } why)
        {
            throw new RefusedException(new Refusal(
                401, "not-signed", "The delivery is not believed.",
                $"It must be signed as Standard Webhooks v1 says, with a secret of this hook, within 5 minutes: {why}."));
        }

        if (BodyReader.WhyNotText(id, LongestId) is { } flaw)
        {
            throw new RefusedException(Refusal.BadRequest($"{StandardWebhook.IdHeader} {flaw}"));
        }

        // A sender may say more than we know: its other fields are left alone.
        var asked = PromotionAsk.From(BodyReader.ParseObject(request, body, known: null));
        var definition = PromotionDoor.Pin(definitions, pipeline, asked.Until);
        return await door.AcceptAsync(
            new PromotionRequest($"hook:{definition.Pipeline}:{id}", definition, asked.SnapshotDigest, "webhook", asked.RequestedBy ?? "webhook", asked.Note),
            context.RequestAborted);
    }

    [LoggerMessage(3030, LogLevel.Information, "Delivery {Delivery} for {Pipeline} is promotion {Promotion} (duplicate: {Duplicate}).")]
    private partial void LogAccepted(string delivery, string pipeline, Guid promotion, bool duplicate);

    [LoggerMessage(3031, LogLevel.Warning, "Delivery '{Delivery}' for '{Pipeline}' is refused with {Status}: {Reason} It came from {Sender}.")]
    private partial void LogRefused(string delivery, string pipeline, int status, string reason, string? sender);
}

internal static class HookRoutes
{
    public static void MapHooks(this IEndpointRouteBuilder app) =>
        app.MapPost("/hooks/{pipeline}", (string pipeline, HookEndpoints hooks, HttpContext context) => hooks.ReceiveAsync(pipeline, context))
            .AllowAnonymous()
            .WithTags("Hooks")
            .WithName("ReceiveHook")
            .WithSummary("Promotes, asked by a signed webhook.")
            .WithDescription("Standard Webhooks 1.0.0: webhook-id, webhook-timestamp and webhook-signature over the raw body. The same webhook-id, delivered again, answers with the same promotion.")
            .Hears(StandardWebhook.IdHeader, "Names the delivery; the same on every retry.", required: true)
            .Hears(StandardWebhook.TimestampHeader, "When it was signed, in seconds since 1970; within 5 minutes of our clock.", required: true)
            .Hears(StandardWebhook.SignatureHeader, "v1,<base64 of HMAC-SHA256 over id.timestamp.body>; several with a space between.", required: true)
            .Accepts<PromotionAsk>(isOptional: true, "application/json")
            .Produces<AcceptedPromotion>(StatusCodes.Status202Accepted)
            .Refuses(400, 401, 404, 413, 415, 422, 503);
}
