using System.Text.Json;

namespace Pipelines.Demo.Steps;

/// <summary>A promotion as it happens.</summary>
internal static class Live
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    public static async Task<JsonElement> FollowAsync(DemoContext context, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Longest);
        var promotions = context.Engine.Promotions;
        var promotion = await promotions.PressAsync(context.Engine.Button, cancellationToken: patience.Token);
        Screen.Say($"202 Accepted, {promotion}");
        try
        {
            await foreach (var line in promotions.ListenAsync(promotion, patience.Token))
            {
                Screen.Say(Sentence(line.Type, line.Text));
            }

            return await promotions.GetAsync(promotion, patience.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The promotion did not end within {Longest}: {(await promotions.GetAsync(promotion, cancellationToken)).GetRawText()}\n{context.Engine.Service.LogTail()}", e);
        }
    }

    private static string Sentence(string type, Func<string, string?> text) => type switch
    {
        "accepted" => $"accepted     by {text("trigger")}, asked for by {text("requestedBy")}",
        "stage" => $"stage        {text("kind")}: {text("state")}{(text("state") is "Failed" or "NeedsAttention" ? Reason(text("reason")) : "")}",
        "replica" => $"replica      {text("replica")}: {text("state")}{(text("state") is "Failed" or "Stuck" ? Reason(text("error")) : "")}",
        "promotion" => $"promotion    {text("state")}{Reason(text("reason"))}",
        _ => type,
    };

    private static string Reason(string? reason) => reason is null ? "" : $". {reason}";
}
