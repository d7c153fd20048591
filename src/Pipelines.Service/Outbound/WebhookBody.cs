using System.Text.Json;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Feed;
using Pipelines.Service.Http;

namespace Pipelines.Service.Outbound;

/// <summary>The body of POST /webhooks.</summary>
/// <param name="Url">Where to: https, and public unless the service's settings allow more.</param>
/// <param name="Events">Names of events, such as promotion.succeeded; none means all.</param>
/// <param name="Pipelines">Names of pipelines; none means all that the token reaches.</param>
/// <param name="Description">For people.</param>
/// <param name="Secret">whsec_ and base64 of 24 to 64 bytes; without it one is made.</param>
internal sealed record WebhookBody(string Url, IReadOnlyList<string>? Events, IReadOnlyList<string>? Pipelines, string? Description, string? Secret);

/// <summary>The body of PATCH /webhooks/{id}: what is not there stays as it is.</summary>
/// <param name="Enabled">true sends again, what waits included; false sends nothing more.</param>
internal sealed record WebhookPatch(string? Url, IReadOnlyList<string>? Events, IReadOnlyList<string>? Pipelines, string? Description, bool? Enabled);

/// <summary>The body of POST /webhooks/{id}/rotate-secret.</summary>
/// <param name="Secret">The new one; without it one is made.</param>
/// <param name="KeepOldFor">How long the one before it signs as well, such as 1h; without it a day, and at most 30.</param>
internal sealed record RotateBody(string? Secret, string? KeepOldFor);

/// <summary>Reads what subscriptions are made of.</summary>
internal static class WebhookFields
{
    private const int LongestUrl = 2000;
    private static readonly TimeSpan KeptUsually = TimeSpan.FromDays(1);
    private static readonly TimeSpan KeptAtMost = TimeSpan.FromDays(30);

    /// <returns>The URL as it is called; null when the body says none.</returns>
    public static async Task<string?> UrlAsync(JsonElement body, OutboundSettings settings, AddressGuard guard, CancellationToken cancellationToken)
    {
        if (body.Text("url", LongestUrl, oneLine: true) is not { } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.IdnHost.Length == 0)
        {
            throw new RefusedException(Refusal.BadBody("'url' is no address of a web server. Write it as https://host/path."));
        }

        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            throw new RefusedException(Refusal.BadBody("'url' has a user or a fragment in it, and neither is sent. Deliveries prove themselves by their signature."));
        }

        if (url.Scheme == "http" && !settings.AllowHttp)
        {
            throw new RefusedException(Refusal.Unprocessable($"'url' is http, and only https is allowed here. Whoever runs the service can allow it with {OutboundSettings.Section}:AllowHttp."));
        }

        return await guard.WhyNotAsync(url.IdnHost, cancellationToken) is { } why ? throw new RefusedException(Refusal.Unprocessable($"'url' may not be called: {why}")) : url.AbsoluteUri;
    }

    /// <returns>Names of events; null when the body says none.</returns>
    public static IReadOnlyList<string>? Events(JsonElement body) =>
        NameLists.Of(body, "events", name => FeedEvents.Find(name) is null ? $"There is no event '{name}'.{NearestWord.HintOrAll(name, [.. FeedEvents.All.Select(x => x.Name)])}" : null);

    public static string? Description(JsonElement body) => body.Text("description", 500);

    public static bool? Enabled(JsonElement body)
    {
        if (!body.TryGetProperty("enabled", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw new RefusedException(Refusal.BadBody("'enabled' is true or false."));
    }

    /// <summary>The secret that is given, or a new one.</summary>
    public static string Secret(JsonElement body) =>
        body.Text("secret", 200, oneLine: true) is not { } given ? WebhookKey.New()
        : WebhookKey.Parse(given) is not null ? given
        : throw new RefusedException(Refusal.BadBody("'secret' is none: it is whsec_ and the base64 of 24 to 64 bytes. Leave it out to have one made."));

    public static TimeSpan KeepOldFor(JsonElement body) =>
        body.Text("keepOldFor", 50) is not { } text ? KeptUsually
        : Duration.TryParse(text, out var kept) && kept <= KeptAtMost ? kept
        : throw new RefusedException(Refusal.BadBody($"'keepOldFor' is a time of at most {Duration.Text(KeptAtMost)}, such as 1h; 0s ends the secret before it at once."));
}
