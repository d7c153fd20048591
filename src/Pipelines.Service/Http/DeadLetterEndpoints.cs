using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Pipelines.Storage.DeadLetters;

namespace Pipelines.Service.Http;

/// <summary>Messages that were set aside: seen, sent again, or thrown away by somebody with a name.</summary>
internal static partial class DeadLetterEndpoints
{
    private const int DefaultPage = 50;
    private const int LargestPage = 200;

    public static void MapDeadLetters(this IEndpointRouteBuilder app)
    {
        var letters = app.MapGroup("/dead-letters").WithTags("Dead letters");
        letters.MapGet("", ListAsync).Needs(Scopes.Operate)
            .WithName("ListDeadLetters").WithSummary("Messages that were set aside and wait for somebody, newest first; with ?all=true those that were replayed, too.")
            .Produces<DeadLetterPage>().Refuses(400);
        letters.MapGet("/{id:long}", FindAsync).Needs(Scopes.Operate)
            .WithName("GetDeadLetter").WithSummary("One with its body, its headers and the error as it was thrown.").Produces<DeadLetterView>().Refuses(404);
        letters.MapPost("/{id:long}/replay", ReplayAsync).Needs(Scopes.Operate)
            .WithName("ReplayDeadLetter").WithSummary("Sends it again to the endpoint that gave it up, under its own id: nothing is done twice.")
            .Produces<ReplayedLetter>(StatusCodes.Status202Accepted).Refuses(404, 409);
        letters.MapDelete("/{id:long}", DiscardAsync).Needs(Scopes.Administer)
            .WithName("DiscardDeadLetter").WithSummary("Throws it away for good.").Produces(StatusCodes.Status204NoContent).Refuses(404);
    }

    private static async Task<DeadLetterPage> ListAsync(Caller caller, DeadLetterStore store, CancellationToken cancellationToken, string? all = null, string? after = null, string? limit = null)
    {
        if (all is not (null or "true" or "false"))
        {
            throw new RefusedException(Refusal.BadRequest("all is true or false."));
        }

        var size = limit is null ? DefaultPage
            : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= LargestPage ? number
            : throw new RefusedException(Refusal.BadRequest($"limit is a number from 1 to {LargestPage}."));
        long? behind = after is null ? null
            : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : throw new RefusedException(Refusal.BadRequest("after is the id of a dead letter. Follow the link next of a page."));
        var items = await store.ListAsync(all == "true", caller.Reach, behind, size, cancellationToken);
        return new DeadLetterPage(items, items.Count == size ? $"/dead-letters?limit={size}&after={items[^1].Id}{(all == "true" ? "&all=true" : "")}" : null);
    }

    private static async Task<DeadLetterView> FindAsync(long id, Caller caller, DeadLetterStore store, CancellationToken cancellationToken)
    {
        var letter = await store.FindAsync(id, caller.Reach, cancellationToken) ?? throw new RefusedException(Missing(id));
        return new DeadLetterView(letter with { Body = [], Envelope = "" }, letter.Error, ApiJson.Raw(letter.Envelope), LetterBody.Of(letter.Body));
    }

    private static async Task<IResult> ReplayAsync(long id, Caller caller, HttpContext context, DeadLetterStore store, ILogger<DeadLetterStore> logger)
    {
        if (!await store.ReplayAsync(id, caller.Reach, caller.Who, context.RequestAborted))
        {
            throw new RefusedException(await store.FindAsync(id, caller.Reach, context.RequestAborted) is { } letter
                ? Refusal.Conflict($"It was replayed at {letter.ReplayedAt:O} by '{letter.ReplayedBy}'. Should it fail again it comes back, and can be replayed again.")
                : Missing(id));
        }

        LogReplayed(logger, id, caller.Name);
        return TypedResults.Accepted($"/dead-letters/{id}", new ReplayedLetter(id, $"/dead-letters/{id}"));
    }

    private static async Task<IResult> DiscardAsync(long id, Caller caller, HttpContext context, DeadLetterStore store, ILogger<DeadLetterStore> logger)
    {
        if (!await store.DiscardAsync(id, caller.Reach, caller.Who, context.RequestAborted))
        {
            throw new RefusedException(Missing(id));
        }

        LogDiscarded(logger, id, caller.Name);
        return TypedResults.NoContent();
    }

    private static Refusal Missing(long id) => Refusal.NotFound($"There is no dead letter {id}. GET /dead-letters lists them.");

    [LoggerMessage(3070, LogLevel.Information, "Dead letter {Id} was replayed by {By}.")]
    private static partial void LogReplayed(ILogger logger, long id, string by);

    [LoggerMessage(3071, LogLevel.Warning, "Dead letter {Id} was discarded by {By}.")]
    private static partial void LogDiscarded(ILogger logger, long id, string by);

    /// <param name="Next">Where the next page is; null when this is the last.</param>
    internal sealed record DeadLetterPage(IReadOnlyList<DeadLetter> Items, string? Next);

    /// <param name="Error">As the consumer threw it.</param>
    /// <param name="Envelope">Content type, ids and headers.</param>
    internal sealed record DeadLetterView(DeadLetter Letter, string? Error, JsonElement Envelope, LetterBody Body);

    /// <param name="As"><c>json</c>, <c>text</c> or <c>base64</c>.</param>
    internal sealed record LetterBody(string As, JsonElement Content)
    {
        /// <summary>As JSON where it is; as text where it is that; else as base64. What was set aside may be anything.</summary>
        public static LetterBody Of(byte[] body)
        {
            try
            {
                // What is read as JSON and holds what is no text could not be written again.
                if (Utf8.IsValid(body) && !HalfPairs.Anywhere(body))
                {
                    using var document = JsonDocument.Parse(body);
                    return new LetterBody("json", document.RootElement.Clone());
                }
            }
            catch (JsonException)
            {
                // No JSON, which is no mistake of whoever asks.
            }

            return Encoding.UTF8.GetString(body) is var text && !text.Contains('\uFFFD', StringComparison.Ordinal)
                ? new LetterBody("text", JsonSerializer.SerializeToElement(text))
                : new LetterBody("base64", JsonSerializer.SerializeToElement(Convert.ToBase64String(body)));
        }
    }

    internal sealed record ReplayedLetter(long Id, string Self);
}
