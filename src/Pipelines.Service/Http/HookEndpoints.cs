using System.Text.Json;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers;
using Pipelines.Service.Wiring;
using Pipelines.Storage.Hooks;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Http;

/// <summary>
/// The promote button: a signed webhook becomes a promotion. Who has not proved itself learns only that: a hook without a secret and a pipeline that
/// does not exist look the same, and neither the time nor the body is judged before the signature.
/// </summary>
internal sealed partial class HookEndpoints(
    HookSecrets secrets, HookLimits limits, HookDeliveryStore deliveries, DefinitionShelf definitions, PromotionDoor door, PromotionMetrics metrics, TimeProvider time,
    ILogger<HookEndpoints> logger)
{
    private const int LongestId = 200;

    public async Task<IResult> ReceiveAsync(string pipeline, HttpContext context)
    {
        var isGithub = IsGithub(context.Request);
        var id = context.Request.Headers[isGithub ? GithubSignature.IdHeader : StandardWebhook.IdHeader].ToString();
        var sender = context.Connection.RemoteIpAddress?.ToString();
        try
        {
            if (await AcceptAsync(pipeline, id, isGithub, context) is not { } accepted)
            {
                return TypedResults.Ok(new Pong("The hook is set up. Its next deliveries are promotions."));
            }

            LogAccepted(id, pipeline, accepted.Id, accepted.Duplicate);
            if (accepted.Duplicate)
            {
                await NoteAsync(pipeline, new HookDelivery { Delivery = id, Outcome = "Duplicate", Status = StatusCodes.Status202Accepted, PromotionId = accepted.Id, Sender = sender });
            }

            return accepted.ToResult();
        }
        catch (Exception e) when (e is RefusedException or PromotionRefusedException or BadHttpRequestException)
        {
            var status = e switch { RefusedException x => x.Refusal.Status, PromotionRefusedException => StatusCodes.Status409Conflict, _ => ((BadHttpRequestException)e).StatusCode };
            metrics.HookRefused(status);
            LogRefused(BodyReader.Shown(id), BodyReader.Shown(pipeline), status, e.Message, sender);
            // What nobody can look up is not noted, and strangers do not fill the database.
            if (definitions.Current.Pipelines.ContainsKey(pipeline) && (status is not (401 or 404 or 413) || limits.MayNote(pipeline)))
            {
                var name = BodyReader.WhyNotText(id, LongestId, oneLine: true) is null && id.Length > 0 ? id : null;
                await NoteAsync(pipeline, new HookDelivery { Delivery = name, Outcome = "Refused", Status = status, Reason = e.Message, Sender = sender });
            }

            throw;
        }
    }

    private static bool IsGithub(HttpRequest request) =>
        !request.Headers.ContainsKey(StandardWebhook.SignatureHeader) && request.Headers.ContainsKey(GithubSignature.SignatureHeader);

    /// <returns>Null when it is only a try whether the hook is there.</returns>
    private async Task<AcceptedPromotion?> AcceptAsync(string pipeline, string id, bool isGithub, HttpContext context)
    {
        var request = context.Request;
        var body = await BodyReader.ReadAsync(request, context.RequestAborted);
        Believe(pipeline, id, isGithub, request, body.Span);
        if (BodyReader.WhyNotText(id, LongestId) is { } flaw)
        {
            throw new RefusedException(Refusal.BadRequest($"{(isGithub ? GithubSignature.IdHeader : StandardWebhook.IdHeader)} {flaw}"));
        }

        limits.Count(pipeline);
        if (isGithub && request.Headers[GithubSignature.EventHeader] == GithubSignature.Ping)
        {
            return null;
        }

        var (fields, cloudEvent) = HookBody.Of(request, body);
        var asked = PromotionAsk.From(fields);
        var definition = PromotionDoor.Pin(definitions.Current, pipeline, asked.Until);
        if (fields.Text("pipeline", 200, oneLine: true) is { } named && named != definition.Pipeline)
        {
            throw new RefusedException(Refusal.Unprocessable($"'pipeline' is '{BodyReader.Shown(named)}', and this is the hook of '{definition.Pipeline}'. Send it to /hooks/{BodyReader.Shown(named)}, or leave it out."));
        }

        // A CloudEvent is known by its source and id, however often and under whichever delivery it is sent.
        var name = cloudEvent is not null ? $"event {cloudEvent}" : isGithub ? $"github {id}" : id;
        return await door.AcceptAsync(
            new PromotionRequest($"hook:{definition.Pipeline}:{name}", definition, asked.SnapshotDigest, "webhook", asked.RequestedBy ?? GithubSender(isGithub, fields) ?? "webhook", asked.Note),
            context.RequestAborted);
    }

    private void Believe(string pipeline, string id, bool isGithub, HttpRequest request, ReadOnlySpan<byte> body)
    {
        var keys = secrets.KeysOf(pipeline) ?? throw new RefusedException(new Refusal(
            404, "no-hook", "There is no such hook.",
            $"Hooks are answered only where their secret is configured: set {HookSettings.Section}:<pipeline>:Secrets, or {HookSettings.Section}:{HookSettings.Default}:Secrets for all."));
        var why = isGithub
            ? GithubSignature.WhyNot(id, request.Headers[GithubSignature.SignatureHeader], body, keys.Github)
            : StandardWebhook.WhyNot(id, request.Headers[StandardWebhook.TimestampHeader], request.Headers[StandardWebhook.SignatureHeader], body, keys.Standard, time.GetUtcNow());
        if (why is not null)
        {
            throw new RefusedException(new Refusal(
                401, "not-signed", "The delivery is not believed.",
                $"It must be signed as Standard Webhooks v1 says, with a secret of this hook, within 5 minutes, or as GitHub signs, where the hook has a secret for that: {why}."));
        }
    }

    private static string? GithubSender(bool isGithub, JsonElement fields) =>
        isGithub && fields.TryGetProperty("sender", out var sender) && sender.ValueKind == JsonValueKind.Object && sender.Text("login", 200, oneLine: true) is { Length: > 0 } login ? login : null;

    // The answer is the sender's whether it can be noted or not.
    private async Task NoteAsync(string pipeline, HookDelivery delivery)
    {
        try
        {
            await deliveries.NoteAsync(delivery, pipeline, CancellationToken.None);
        }
        catch (Exception e) when (StorageTrouble.IsAway(e))
        {
            LogNotNoted(pipeline, e.Message);
        }
    }

    [LoggerMessage(3030, LogLevel.Information, "Delivery {Delivery} for {Pipeline} is promotion {Promotion} (duplicate: {Duplicate}).")]
    private partial void LogAccepted(string delivery, string pipeline, Guid promotion, bool duplicate);

    [LoggerMessage(3031, LogLevel.Warning, "Delivery '{Delivery}' for '{Pipeline}' is refused with {Status}: {Reason} It came from {Sender}.")]
    private partial void LogRefused(string delivery, string pipeline, int status, string reason, string? sender);

    [LoggerMessage(3032, LogLevel.Warning, "A delivery for {Pipeline} could not be noted: {Reason}")]
    private partial void LogNotNoted(string pipeline, string reason);

    /// <summary>The answer to a try.</summary>
    internal sealed record Pong(string Detail);
}
