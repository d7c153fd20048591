using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.NodeRed.Flows;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Http;

/// <summary>Snapshots: where they came from, and their flows byte for byte.</summary>
internal static class SnapshotEndpoints
{
    private const string FlowsType = "application/vnd.node-red.flows+json";

    public static void MapSnapshots(this IEndpointRouteBuilder app) =>
        app.MapGet("/snapshots/{digest}", FindAsync).Needs(Scopes.Read)
            .WithTags("Snapshots").WithName("GetSnapshot").WithSummary("A snapshot and where it came from; with ?flows=true its flows, byte for byte.")
            .WithDescription($"Accept: {FlowsType} asks for the flows too. Their SHA-256 is the digest.")
            .Produces<SnapshotView>().Refuses(400, 404);

    private static async Task<IResult> FindAsync(string digest, Caller caller, HttpContext context, PromotionReader reader, ISnapshotReader snapshots, string? flows = null)
    {
        if (!Digest.TryParse(digest, out var wanted))
        {
            throw new RefusedException(Refusal.NotFound($"'{BodyReader.Shown(digest)}' is no digest: 64 lowercase hex digits (SHA-256) are expected."));
        }

        if (flows is not (null or "true" or "false"))
        {
            throw new RefusedException(Refusal.BadRequest("flows is true or false."));
        }

        if (flows == "true" || (flows is null && AsksForFlows(context.Request)))
        {
            if (caller.Reach is not null)
            {
                _ = await reader.SnapshotAsync(digest, caller.Reach, context.RequestAborted) ?? throw new RefusedException(Missing(wanted));
            }

            var raw = await snapshots.FindAsync(wanted, context.RequestAborted) ?? throw new RefusedException(Missing(wanted));
            // What has this digest never changes, but only who has a token may keep it.
            context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
            context.Response.Headers.Vary = "Accept";
            return TypedResults.Bytes(raw.Bytes, "application/json", entityTag: new EntityTagHeaderValue($"\"{wanted}\""));
        }

        var found = await reader.SnapshotAsync(digest, caller.Reach, context.RequestAborted) ?? throw new RefusedException(Missing(wanted));
        return TypedResults.Ok(new SnapshotView(
            found.Snapshot.Digest, found.Snapshot.Size, found.Snapshot.StoredAt,
            [.. found.Provenance.Select(x => new ProvenanceView(x.PromotionId, x.Instance, x.NodeRedVersion, x.RequestedBy, x.TakenAt, ApiJson.Raw(x.Types)))],
            $"/snapshots/{digest}?flows=true"));
    }

    private static Refusal Missing(Digest digest) => Refusal.NotFound($"There is no snapshot {digest}.");

    private static bool AsksForFlows(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(x => x.MediaType.Equals(FlowsType, StringComparison.OrdinalIgnoreCase));

    /// <param name="Size">Of the flows, in bytes.</param>
    /// <param name="Provenance">The latest first; empty for what was only found on a replica.</param>
    /// <param name="Flows">Where its flows are.</param>
    internal sealed record SnapshotView(string Digest, int Size, DateTimeOffset StoredAt, IReadOnlyList<ProvenanceView> Provenance, string Flows);

    /// <param name="Types">Each node type that is used, with the module and version behind it.</param>
    internal sealed record ProvenanceView(Guid PromotionId, string Instance, string NodeRedVersion, string RequestedBy, DateTimeOffset TakenAt, JsonElement Types);
}
