using System.Globalization;
using System.Text.Json;
using Pipelines.Storage.Audit;

namespace Pipelines.Service.Http;

/// <summary>Who changed what, where no promotion's timeline says it.</summary>
internal static class AuditEndpoints
{
    private const int DefaultPage = 50;
    private const int LargestPage = 200;
    private const int LongestText = 200;

    public static void MapAudit(this IEndpointRouteBuilder app) =>
        app.MapGet("/audit", ListAsync).Needs(Scopes.Administer)
            .WithTags("Audit").WithName("ListAudit").WithSummary("Who changed tokens, schedules, webhooks and messages that were set aside, newest first.")
            .WithDescription(
                "A line is written in the transaction of its change. ?by= is the name of a token, \"settings\" or \"service\"; ?about= is an address of this API, such as /pipelines/line/schedules/nightly. "
                + "Who asked for, aborted or retried a promotion is on its timeline.")
            .Produces<AuditPage>().Refuses(400);

    private static async Task<AuditPage> ListAsync(
        Caller caller, AuditLog audit, CancellationToken cancellationToken, string? by = null, string? about = null, string? after = null, string? limit = null)
    {
        var size = limit is null ? DefaultPage
            : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= LargestPage ? number
            : throw new RefusedException(Refusal.BadRequest($"limit is a number from 1 to {LargestPage}."));
        long? behind = after is null ? null
            : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : throw new RefusedException(Refusal.BadRequest("after is the id of a line. Follow the link next of a page."));
        foreach (var (name, text) in ((string, string?)[])[("by", by), ("about", about)])
        {
            if (text is not null && BodyReader.WhyNotText(text, LongestText, oneLine: true) is { } why)
            {
                throw new RefusedException(Refusal.BadRequest($"{name} {why}"));
            }
        }

        var rows = await audit.ListAsync(caller.Reach, by, about, behind, size + 1, cancellationToken);
        var items = rows.Take(size).Select(AuditView.Of).ToList();
        return new AuditPage(
            items,
            rows.Count > size
                ? $"/audit?limit={size}{(by is null ? "" : $"&by={Uri.EscapeDataString(by)}")}{(about is null ? "" : $"&about={Uri.EscapeDataString(about)}")}&after={items[^1].Id}"
                : null);
    }

    /// <param name="Next">The next page; null on the last.</param>
    internal sealed record AuditPage(IReadOnlyList<AuditView> Items, string? Next);

    /// <param name="By">The name of a token, <c>settings</c>, or <c>service</c> for what it decided itself.</param>
    /// <param name="TokenId">The token that was used; null when none was.</param>
    /// <param name="Action">Such as <c>token.made</c>, <c>schedule.paused</c>, <c>webhook.deleted</c>.</param>
    /// <param name="About">The address of what was changed.</param>
    /// <param name="Pipelines">The pipelines that it concerns; null is all, or none in particular.</param>
    /// <param name="Data">What it was changed to; never secrets.</param>
    internal sealed record AuditView(long Id, DateTimeOffset At, string By, Guid? TokenId, string Action, string About, IReadOnlyList<string>? Pipelines, JsonElement Data)
    {
        public static AuditView Of(AuditRow row) => new(row.Id, row.At, row.By, row.TokenId, row.Action, row.About, row.Pipelines, ApiJson.Raw(row.Data));
    }
}
