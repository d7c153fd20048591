using Pipelines.Service.Wiring;

namespace Pipelines.Service.Http;

internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new LiveReport("live")))
            .AllowAnonymous().WithTags("Health").WithName("Live").WithSummary("Whether the process runs.");
        app.MapGet("/health/ready", ReadyAsync)
            .AllowAnonymous().WithTags("Health").WithName("Ready").WithSummary("Whether work is taken, and what is waited for.")
            .Produces<ReadinessReport>().Produces<ReadinessReport>(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> ReadyAsync(Readiness readiness, CancellationToken cancellationToken)
    {
        var report = await readiness.CheckAsync(cancellationToken);
        return TypedResults.Json(report, ApiJson.Options, statusCode: report.Reason is null ? 200 : 503);
    }

    internal sealed record LiveReport(string Status);
}
