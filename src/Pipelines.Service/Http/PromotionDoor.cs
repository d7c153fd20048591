using System.Text.Json;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Triggers;
using Pipelines.NodeRed.Flows;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Http;

/// <summary>The way from an understood request to a stored promotion, the same for every trigger.</summary>
internal sealed class PromotionDoor(IPromotionIntake intake, PromotionReader reader)
{
    /// <exception cref="RefusedException">There is no such pipeline or no such stage, with the nearest name.</exception>
    public static PinnedDefinition Pin(DefinitionSet definitions, string pipeline, string? until)
    {
        var definition = Pin(definitions, pipeline);
        try
        {
            return until is null ? definition : definition.EndingAfter(until);
        }
        catch (KeyNotFoundException e)
        {
            throw new RefusedException(Refusal.Unprocessable($"'until' cannot be '{until}'. {e.Message}"));
        }
    }

    private static PinnedDefinition Pin(DefinitionSet definitions, string pipeline)
    {
        try
        {
            return definitions.Pin(pipeline);
        }
        catch (KeyNotFoundException e)
        {
            throw new RefusedException(Refusal.NotFound(BodyReader.WhyNotText(pipeline, 100, oneLine: true) is not null ? "There is no such pipeline." : e.Message));
        }
    }

    /// <param name="reach">A snapshot that was asked for must be one of these pipelines; null is any.</param>
    public async Task<AcceptedPromotion> AcceptAsync(PromotionRequest request, CancellationToken cancellationToken, IReadOnlyList<string>? reach = null)
    {
        CrashPoint.Within("door", request.Definition.Pipeline);
        if (request.SnapshotDigest is { } digest && await reader.SnapshotAsync(digest, reach, cancellationToken) is null)
        {
            throw new RefusedException(Refusal.Unprocessable($"There is no snapshot {digest}. Leave snapshotDigest out to take a new one."));
        }

        // Whoever hangs up now does not stop what is being stored.
        var receipt = await intake.AcceptAsync(request, CancellationToken.None);
        CrashPoint.Here("answer");
        return new AcceptedPromotion(receipt.PromotionId, request.Definition.Pipeline, !receipt.IsNew, PromotionLinks.Of(receipt.PromotionId));
    }
}

/// <summary>What a promotion is asked for with.</summary>
/// <param name="SnapshotDigest">A stored snapshot to promote; without it a new one is taken.</param>
/// <param name="Until">The stage after which it ends: its kind, or the target of a rollout; without it the promotion walks through all.</param>
/// <param name="RequestedBy">Who pressed the button, in the words of the sender; up to 200 characters.</param>
/// <param name="Note">Why, for people; up to 2000 characters.</param>
internal sealed record PromotionAsk(string? SnapshotDigest, string? Until, string? RequestedBy, string? Note)
{
    public static PromotionAsk From(JsonElement body)
    {
        var digest = body.Text("snapshotDigest", 100);
        return digest is null || Digest.TryParse(digest, out _)
            ? new(digest, body.Text("until", 100, oneLine: true) is { Length: > 0 } until ? until : null, body.Text("requestedBy", 200, oneLine: true) is { Length: > 0 } by ? by : null, body.Text("note", 2000))
            : throw new RefusedException(Refusal.BadBody($"'snapshotDigest' is '{BodyReader.Shown(digest)}'; a digest is 64 lowercase hex digits (SHA-256)."));
    }
}

/// <summary>The answer to an accepted request.</summary>
/// <param name="Duplicate">True when the same request had been accepted before: this is what became of it.</param>
internal sealed record AcceptedPromotion(Guid Id, string Pipeline, bool Duplicate, PromotionLinks Links)
{
    public IResult ToResult() => TypedResults.Accepted(Links.Self, this);
}

/// <summary>Where to go on.</summary>
internal sealed record PromotionLinks(string Self, string Events, string Abort, string Retry)
{
    public static PromotionLinks Of(Guid id) => new($"/promotions/{id}", $"/promotions/{id}/events", $"/promotions/{id}/abort", $"/promotions/{id}/retry");
}
