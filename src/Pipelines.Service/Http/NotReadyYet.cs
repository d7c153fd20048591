using Pipelines.Service.Wiring;

namespace Pipelines.Service.Http;

/// <summary>Before the database was seen once, nothing that needs it is asked; the reason is the same as at /health/ready.</summary>
internal sealed class NotReadyYet(RequestDelegate next, Readiness readiness)
{
    private static readonly PathString[] Always = ["/health", "/openapi", "/asyncapi.yaml", "/docs"];

    public Task InvokeAsync(HttpContext context) =>
        readiness.WhyNotStarted() is { } reason && !Array.Exists(Always, x => context.Request.Path.StartsWithSegments(x, StringComparison.OrdinalIgnoreCase))
            ? Problems.WriteAsync(context, Refusal.Away(reason))
            : next(context);
}
