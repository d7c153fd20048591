using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Http;

/// <summary>Promotions: ask for one, find some, read one, abort or retry it.</summary>
internal static partial class PromotionEndpoints
{
    private const int DefaultPage = 50;
    private const int LargestPage = 200;

    private static readonly string[] States = ["Accepted", "Running", "Aborting", "Superseding", "NeedsAttention", .. Enum.GetNames<PromotionOutcome>()];

    public static void MapPromotions(this IEndpointRouteBuilder app)
    {
        var promotions = app.MapGroup("/promotions").WithTags("Promotions");
        promotions.MapPost("", PromoteAsync).Needs(Scopes.Promote)
            .WithName("Promote").WithSummary("Starts a promotion.")
            .WithDescription("With an Idempotency-Key, the same request sent again answers with the same promotion; another request with that key is refused with 422.")
            .Hears("Idempotency-Key", "Up to 200 printable characters; the same for every try of one request.")
            .Accepts<PromoteBody>("application/json").Produces<AcceptedPromotion>(StatusCodes.Status202Accepted).Refuses(400, 404, 409, 413, 415, 422);
        promotions.MapGet("", ListAsync).Needs(Scopes.Read)
            .WithName("ListPromotions").WithSummary("Promotions, newest first.").Produces<PromotionPage>().Refuses(400);
        promotions.MapGet("/{id:guid}", FindAsync).Needs(Scopes.Read)
            .WithName("GetPromotion").WithSummary("A promotion with its stages, replicas, findings, timeline and definition.").Produces<PromotionView>().Refuses(404);
        promotions.MapGet("/{id:guid}/diff", DiffAsync).Needs(Scopes.Read)
            .WithName("GetPromotionDiff").WithSummary("What the promotion changes on each target, as it was when it was validated.")
            .WithDescription("By target, then by replicas that ran the same: tabs and nodes added, removed and changed, property by property. Empty before the validate stage.")
            .Produces<JsonElement>().Refuses(404);
        promotions.MapPost("/{id:guid}/abort", AbortAsync).Needs(Scopes.Operate)
            .WithName("AbortPromotion").WithSummary("Ends a promotion; what it touched is restored first.")
            .Accepts<AbortBody>(isOptional: true, "application/json").Produces<AskedPromotion>(StatusCodes.Status202Accepted).Refuses(400, 404, 409, 413, 415);
        promotions.MapPost("/{id:guid}/retry", RetryAsync).Needs(Scopes.Operate)
            .WithName("RetryPromotion").WithSummary("Lets a promotion that needs attention carry on from where it stands.")
            .Produces<AskedPromotion>(StatusCodes.Status202Accepted).Refuses(404, 409);
    }

    private static async Task<IResult> PromoteAsync(Caller caller, HttpContext context, PromotionDoor door, PromotionReader reader, DefinitionShelf definitions, ILogger<PromotionDoor> logger)
    {
        var key = IdempotencyKeyOf(context.Request);
        var body = BodyReader.ParseObject(context.Request, await BodyReader.ReadAsync(context.Request, context.RequestAborted), ["pipeline", "snapshotDigest", "until", "note"]);
        var pipeline = body.Text("pipeline", 200, oneLine: true) is { Length: > 0 } name
            ? name
            : throw new RefusedException(Refusal.BadBody("'pipeline' is missing. Name the pipeline to promote through; GET /pipelines lists them."));
        var ask = PromotionAsk.From(body);
        var definition = PromotionDoor.Pin(caller.Seen(definitions), pipeline, ask.Until);
        var accepted = await door.AcceptAsync(
            new PromotionRequest($"api:{caller.Who.TokenId}:{key ?? Guid.NewGuid().ToString()}", definition, ask.SnapshotDigest, "api", caller.Name, ask.Note), context.RequestAborted, caller.Reach);
        if (accepted.Duplicate)
        {
            await RefuseAnotherAsync(reader, accepted.Id, definition.Pipeline, ask, context.RequestAborted);
        }

        LogAccepted(logger, accepted.Id, accepted.Pipeline, caller.Name, accepted.Duplicate);
        return accepted.ToResult();
    }

    private static async Task<PromotionPage> ListAsync(
        Caller caller, HttpContext context, PromotionReader reader, string? pipeline = null, string? state = null, string? after = null, string? limit = null)
    {
        var size = PageSize(limit);
        if (state is not null && Array.Find(States, x => x.Equals(state, StringComparison.OrdinalIgnoreCase)) is not { } known)
        {
            throw new RefusedException(Refusal.BadRequest($"'{BodyReader.Shown(state)}' is no state. It is one of: {string.Join(", ", States)}."));
        }

        if (pipeline is not null && BodyReader.WhyNotText(pipeline, 200) is { } why)
        {
            throw new RefusedException(Refusal.BadRequest($"pipeline {why}"));
        }

        var wanted = state is null ? null : Array.Find(States, x => x.Equals(state, StringComparison.OrdinalIgnoreCase));
        var rows = await reader.PageAsync(new PromotionFilter(pipeline, caller.Reach, wanted, after is null ? null : Cursor.Parse(after), size + 1), context.RequestAborted);
        var items = rows.Take(size).ToList();
        return new PromotionPage(
            [.. items.Select(PromotionSummary.Of)],
            rows.Count > size ? Next(pipeline, wanted, size, items[^1]) : null);
    }

    private static async Task<PromotionView> FindAsync(Guid id, Caller caller, PromotionReader reader, CancellationToken cancellationToken) =>
        await reader.FindAsync(id, cancellationToken) is { } found && caller.Sees(found.Promotion.Pipeline) ? PromotionView.Of(found) : throw new RefusedException(Missing(id));

    private static async Task<IResult> DiffAsync(Guid id, Caller caller, PromotionReader reader, CancellationToken cancellationToken)
    {
        _ = await HeadAsync(id, caller, reader, cancellationToken);
        var targets = await reader.DiffsAsync(id, cancellationToken);
        // They are JSON already, and may hold what a JSON library would not write the same way.
        byte[] body = [.. "{\"targets\":["u8, .. targets.SelectMany((target, index) => index == 0 ? target : [(byte)',', .. target]), .. "]}"u8];
        return TypedResults.Bytes(body, "application/json; charset=utf-8");
    }

    private static async Task<IResult> AbortAsync(
        Guid id, Caller caller, HttpContext context, PromotionReader reader, IPublishEndpoint bus, UnitOfWork unit, ILogger<PromotionDoor> logger)
    {
        var body = BodyReader.ParseObject(context.Request, await BodyReader.ReadAsync(context.Request, context.RequestAborted), ["reason"]);
        var reason = body.Text("reason", 2000);
        var head = await HeadAsync(id, caller, reader, context.RequestAborted);
        if (head.Ended)
        {
            throw new RefusedException(Refusal.Conflict($"The promotion has ended as {head.State}, and nothing leaves an end."));
        }

        if (head.State == "Aborting")
        {
            throw new RefusedException(Refusal.Conflict("The promotion is being aborted already: what it touched is being restored."));
        }

        await bus.Publish(new AbortPromotion(id, caller.Name, string.IsNullOrWhiteSpace(reason) ? null : reason), context.RequestAborted);
        await unit.CommitAsync(CancellationToken.None);
        LogAsked(logger, "abort", id, caller.Name);
        return Asked(id, head.State);
    }

    private static async Task<IResult> RetryAsync(
        Guid id, Caller caller, HttpContext context, PromotionReader reader, IPublishEndpoint bus, UnitOfWork unit, ILogger<PromotionDoor> logger)
    {
        var head = await HeadAsync(id, caller, reader, context.RequestAborted);
        if (head.State != "NeedsAttention")
        {
            throw new RefusedException(Refusal.Conflict(head.Ended
                ? $"The promotion has ended as {head.State}, and nothing leaves an end. Start another one with POST /promotions."
                : $"The promotion is {head.State}; only one that needs attention is retried."));
        }

        await bus.Publish(new RetryPromotion(id, caller.Name), context.RequestAborted);
        await unit.CommitAsync(CancellationToken.None);
        LogAsked(logger, "retry", id, caller.Name);
        return Asked(id, head.State);
    }

    private static Microsoft.AspNetCore.Http.HttpResults.Accepted<AskedPromotion> Asked(Guid id, string state)
    {
        var links = PromotionLinks.Of(id);
        return TypedResults.Accepted(links.Self, new AskedPromotion(id, state, links));
    }

    private static Refusal Missing(Guid id) => Refusal.NotFound($"There is no promotion {id}. GET /promotions lists them.");

    /// <exception cref="RefusedException">There is none, or none that the caller sees.</exception>
    internal static async Task<PromotionHead> HeadAsync(Guid id, Caller caller, PromotionReader reader, CancellationToken cancellationToken) =>
        await reader.HeadAsync(id, cancellationToken) is { } head && caller.Sees(head.Pipeline) ? head : throw new RefusedException(Missing(id));

    /// <summary>The draft says a quoted text; most clients send it bare, and both mean the same.</summary>
    private static string? IdempotencyKeyOf(HttpRequest request)
    {
        if (!request.Headers.TryGetValue("Idempotency-Key", out var values))
        {
            return null;
        }

        var text = values.ToString().Trim();
        var key = text.Length >= 2 && text[0] == '"' && text[^1] == '"' ? text[1..^1] : text;
        return key.Length is > 0 and <= 200 && key.All(x => x is >= ' ' and <= '~' and not ('"' or '\\'))
            ? key
            : throw new RefusedException(Refusal.BadRequest("Idempotency-Key is a text of 1 to 200 printable ASCII characters, without quotes and backslashes in it."));
    }

    private static async Task RefuseAnotherAsync(PromotionReader reader, Guid id, string pipeline, PromotionAsk ask, CancellationToken cancellationToken)
    {
        var was = (await reader.FindAsync(id, cancellationToken))!.Promotion;
        if (was.Pipeline != pipeline || was.RequestedDigest != ask.SnapshotDigest || was.Note != ask.Note || was.Until != ask.Until)
        {
            throw new RefusedException(Refusal.Unprocessable($"This Idempotency-Key was used for another request, which became promotion {id}. Take a new key for a new request."));
        }
    }

    private static int PageSize(string? text) =>
        text is null ? DefaultPage
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is > 0 and <= LargestPage ? size
        : throw new RefusedException(Refusal.BadRequest($"limit is a number from 1 to {LargestPage}."));

    private static string Next(string? pipeline, string? state, int size, PromotionRow last)
    {
        var next = new StringBuilder("/promotions?limit=").Append(size);
        if (pipeline is not null)
        {
            next.Append("&pipeline=").Append(Uri.EscapeDataString(pipeline));
        }

        if (state is not null)
        {
            next.Append("&state=").Append(state);
        }

        return next.Append("&after=").Append(Cursor.Of(last)).ToString();
    }

    [LoggerMessage(3050, LogLevel.Information, "Promotion {Promotion} of {Pipeline} was asked for by {By} (duplicate: {Duplicate}).")]
    private static partial void LogAccepted(ILogger logger, Guid promotion, string pipeline, string by, bool duplicate);

    [LoggerMessage(3051, LogLevel.Information, "Asked to {What} promotion {Promotion} by {By}.")]
    private static partial void LogAsked(ILogger logger, string what, Guid promotion, string by);

    /// <summary>A place in the list, opaque to callers: the moment in microseconds as PostgreSQL keeps it, and the id that tells twins apart.</summary>
    private static class Cursor
    {
        public static string Of(PromotionRow row) =>
            Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{(row.AcceptedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}.{row.Id:N}"));

        public static PromotionPlace Parse(string text)
        {
            // The years that PostgreSQL and .NET both know.
            const long Farthest = 250_000_000_000_000_000;
            var bytes = new byte[text.Length];
            if (text.Length <= 100 && Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, bytes, out var length)
                && Encoding.ASCII.GetString(bytes, 0, length).Split('.') is [var moment, var id]
                && long.TryParse(moment, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds < Farthest
                && Guid.TryParseExact(id, "N", out var guid))
            {
                return new PromotionPlace(DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond), guid);
            }

            throw new RefusedException(Refusal.BadRequest("after is no cursor of this list. Follow the link next of a page."));
        }
    }
}
