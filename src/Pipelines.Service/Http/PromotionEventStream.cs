using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Http;

/// <summary>
/// A promotion's timeline as server-sent events, from the first line or from behind Last-Event-ID to the end of the promotion, or of the listener's token. The table is
/// asked only while somebody listens; a comment now and then keeps proxies from cutting the line.
/// </summary>
internal static class PromotionEventStream
{
    private const int Batch = 500;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public static void MapPromotionEvents(this IEndpointRouteBuilder app) =>
        app.MapGet("/promotions/{id:guid}/events", StreamAsync).Needs(Scopes.Read)
            .WithTags("Promotions").WithName("PromotionEvents")
            .WithSummary("The timeline as server-sent events, until the promotion has ended.")
            .WithDescription("The id of an event is its number: send Last-Event-ID to go on behind it. When all has been said, the answer to that is 204.")
            .Hears("Last-Event-ID", "The number of the last event that you have.")
            .Produces<EventView>(StatusCodes.Status200OK, "text/event-stream").Produces(StatusCodes.Status204NoContent).Refuses(400, 404);

    private static async Task StreamAsync(Guid id, Caller caller, HttpContext context, PromotionReader reader, ApiTokens tokens, TimeProvider time, IHostApplicationLifetime host)
    {
        var last = LastEventId(context.Request);
        var head = await PromotionEndpoints.HeadAsync(id, caller, reader, context.RequestAborted);
        if (head.Ended && last >= head.LastSeq)
        {
            // A browser that is told 204 does not come back.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        // A stop of the host must not wait for listeners; they come back with their last number.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.ApplicationStopping);
        try
        {
            var token = BearerHandler.TokenOf(context.Request);
            await FollowAsync(id, last, context.Response, async cancel => await tokens.FindAsync(token, cancel) is not null, reader, time, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The listener has gone, or we go.
        }
        catch (Exception e) when (StorageTrouble.IsAway(e))
        {
            // The listener asks again from its last number.
        }
    }

    private static async Task FollowAsync(
        Guid id, int last, HttpResponse response, Func<CancellationToken, Task<bool>> mayListen, PromotionReader reader, TimeProvider time, CancellationToken cancellationToken)
    {
        await response.Body.FlushAsync(cancellationToken);
        var said = time.GetTimestamp();
        while (await mayListen(cancellationToken))
        {
            // In this order: what is there when it has ended is all there will be.
            var head = await reader.HeadAsync(id, cancellationToken);
            if (head is null || (head.Ended && last >= head.LastSeq))
            {
                return;
            }

            if (head.LastSeq > last)
            {
                foreach (var line in await reader.EventsAsync(id, last, Batch, cancellationToken))
                {
                    await response.Body.WriteAsync(Written(line), cancellationToken);
                    last = line.Seq;
                }

                await response.Body.FlushAsync(cancellationToken);
                said = time.GetTimestamp();
                continue;
            }

            if (time.GetElapsedTime(said) >= Heartbeat)
            {
                await response.Body.WriteAsync(": still here\n\n"u8.ToArray(), cancellationToken);
                await response.Body.FlushAsync(cancellationToken);
                said = time.GetTimestamp();
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    // JSON on one line; the type has no line break since it is a word of ours.
    private static byte[] Written(EventRow line) => Encoding.UTF8.GetBytes(
        $"id: {line.Seq.ToString(CultureInfo.InvariantCulture)}\nevent: {line.Type}\ndata: {JsonSerializer.Serialize(EventView.Of(line), ApiJson.Options)}\n\n");

    private static int LastEventId(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString();
        return text.Length == 0 ? 0
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last
            : throw new RefusedException(Refusal.BadRequest("Last-Event-ID is the number of the last event that you have."));
    }
}
