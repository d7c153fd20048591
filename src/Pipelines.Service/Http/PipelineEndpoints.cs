using System.Text.Json;
using Pipelines.Engine.Definitions;

namespace Pipelines.Service.Http;

/// <summary>The definitions in force.</summary>
internal static class PipelineEndpoints
{
    public static void MapPipelines(this IEndpointRouteBuilder app)
    {
        var pipelines = app.MapGroup("/pipelines").WithTags("Pipelines").Needs(Scopes.Read);
        pipelines.MapGet("", List).WithName("ListPipelines")
            .WithSummary("The pipelines in force, and what is wrong with files that were changed since.").Produces<PipelineList>();
        pipelines.MapGet("/{name}", Find).WithName("GetPipeline")
            .WithSummary("A pipeline with every setting that is in effect, and its file.").Produces<PipelineView>().Refuses(404);
    }

    private static PipelineList List(Caller caller, DefinitionShelf definitions)
    {
        var set = caller.Seen(definitions);
        var files = set.Pipelines.Values.Select(x => x.File).ToHashSet(StringComparer.Ordinal);
        return new(
            [.. set.Pipelines.Values.Select(x => ViewOf(set, x, definitions, withText: false))],
            [.. Problems(definitions).Where(x => caller.Reach is null || files.Contains(x.File))]);
    }

    private static PipelineView Find(string name, Caller caller, DefinitionShelf definitions)
    {
        var set = caller.Seen(definitions);
        _ = PromotionDoor.Pin(set, name, until: null);
        return set.Pipelines.TryGetValue(name, out var pipeline)
            ? ViewOf(set, pipeline, definitions, withText: true)
            : throw new RefusedException(Refusal.NotFound("There is no such pipeline any more."));
    }

    private static PipelineView ViewOf(DefinitionSet set, PipelineDefinition pipeline, DefinitionShelf definitions, bool withText)
    {
        var pinned = set.Pin(pipeline.Name);
        return new(
            pipeline.Name, pipeline.Description, pipeline.File, pipeline.Digest, pipeline.AllowCredentialLoss, JsonNamingPolicy.CamelCase.ConvertName(pipeline.WhenBusy.ToString()), pipeline.Targets(),
            [.. pinned.Stages.Select(x => new StageView(x.Kind, x.Settings))],
            withText ? pipeline.SourceText : null,
            [.. Problems(definitions).Where(x => x.File == pipeline.File)]);
    }

    private static List<DefinitionProblem> Problems(DefinitionShelf definitions) => [.. definitions.Problems];

    /// <param name="Problems">Of the files as they are now; empty when they are in force.</param>
    internal sealed record PipelineList(IReadOnlyList<PipelineView> Items, IReadOnlyList<DefinitionProblem> Problems);

    /// <param name="Digest">The SHA-256 of the file.</param>
    /// <param name="WhenBusy">What becomes of a request while a target is busy: <c>queue</c>, <c>supersede</c> or <c>reject</c>.</param>
    /// <param name="Targets">The HA instances that it rolls out to.</param>
    /// <param name="Source">The file's text; null in lists.</param>
    internal sealed record PipelineView(
        string Name, string? Description, string File, string Digest, bool AllowCredentialLoss, string WhenBusy, IReadOnlyList<string> Targets, IReadOnlyList<StageView> Stages,
        string? Source, IReadOnlyList<DefinitionProblem> Problems);

    /// <param name="Settings">All of them, defaults included, as a promotion would walk by them now.</param>
    internal sealed record StageView(string Kind, JsonElement Settings);
}
