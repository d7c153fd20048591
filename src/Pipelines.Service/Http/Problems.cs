using System.Diagnostics;
using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Pipelines.Engine.Triggers;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Http;

/// <summary>Every answer that is not a success is <c>application/problem+json</c>, whoever refused.</summary>
internal static partial class Problems
{
    public const string ContentType = MediaTypeNames.Application.ProblemJson;

    public static void UseProblems(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Pipelines.Service.Http");
        app.Use((context, next) => CatchAsync(context, next, logger));
        app.UseStatusCodePages(context => WriteAsync(context.HttpContext, OfStatus(context.HttpContext)));
    }

    public static async Task WriteAsync(HttpContext context, Refusal refusal)
    {
        var response = context.Response;
        response.StatusCode = refusal.Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (refusal.Status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = "2";
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var problem = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["type"] = $"urn:pipelines:problem:{refusal.Type}",
            ["title"] = refusal.Title,
            ["status"] = refusal.Status,
            ["detail"] = refusal.Detail,
            ["instance"] = context.Request.Path.Value,
        };
        foreach (var (name, value) in refusal.More)
        {
            problem[name] = value;
        }

        if (Activity.Current is { } activity)
        {
            problem["traceId"] = activity.TraceId.ToString();
        }

        await response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(problem, ApiJson.Options), context.RequestAborted);
    }

    private static async Task CatchAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody reads the answer any more.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var refusal = Of(e, context);
            if (refusal.Status == StatusCodes.Status500InternalServerError)
            {
                LogUnexpected(logger, e, context.Request.Method, context.Request.Path);
            }
            else if (refusal.Status == StatusCodes.Status503ServiceUnavailable)
            {
                LogAway(logger, context.Request.Method, context.Request.Path, e.Message);
            }

            context.Response.Clear();
            await WriteAsync(context, refusal);
        }
    }

    private static Refusal Of(Exception exception, HttpContext context) => exception switch
    {
        RefusedException refused => refused.Refusal,
        PromotionRefusedException refused => Refusal.Busy(refused),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => BodyReader.TooLarge,
        BadHttpRequestException bad => OfStatus(context, bad.StatusCode) with { Detail = bad.Message },
        _ when StorageTrouble.IsAway(exception) => Refusal.Away("The database does not answer. Nothing was done; ask again."),
        _ => OfStatus(context, StatusCodes.Status500InternalServerError),
    };

    private static Refusal OfStatus(HttpContext context) => OfStatus(context, context.Response.StatusCode);

    private static Refusal OfStatus(HttpContext context, int status) => status switch
    {
        StatusCodes.Status404NotFound => Refusal.NotFound("There is nothing at this address. What there is, is described at /openapi/v1.json and /docs."),
        StatusCodes.Status405MethodNotAllowed => new(status, "method", "This method does not exist here.", $"It is one of: {context.Response.Headers.Allow}."),
        StatusCodes.Status415UnsupportedMediaType => Refusal.NotJson("Send it with Content-Type: application/json."),
        StatusCodes.Status500InternalServerError => new(status, "unexpected", "Something went wrong here.", "It is in the service's log, with this traceId."),
        _ => new(status, "refused", ReasonPhrases.GetReasonPhrase(status), ReasonPhrases.GetReasonPhrase(status)),
    };

    [LoggerMessage(3010, LogLevel.Error, "{Method} {Path} failed unexpectedly.")]
    private static partial void LogUnexpected(ILogger logger, Exception e, string method, string path);

    [LoggerMessage(3011, LogLevel.Warning, "{Method} {Path} could not be served: {Reason}")]
    private static partial void LogAway(ILogger logger, string method, string path, string reason);
}
