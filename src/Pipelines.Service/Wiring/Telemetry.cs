using System.Text.Encodings.Web;
using MassTransit.Logging;
using Microsoft.Extensions.Configuration.Memory;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pipelines.NodeRed.Admin;

namespace Pipelines.Service.Wiring;

internal static class Telemetry
{
    private static readonly string[] Quieter = ["Microsoft.AspNetCore", "System.Net.Http", "MassTransit", "Npgsql"];

    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddLogsOf(this WebApplicationBuilder builder, ServiceSettings settings)
    {
        builder.Logging.ClearProviders();
        if (settings.Logs == LogFormat.Json)
        {
            builder.Logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "O";
                // The trace id is in them.
                console.IncludeScopes = true;
                console.JsonWriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            });
        }
        else
        {
            builder.Logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "HH:mm:ss.fff ";
            });
        }

        // What others say at every request belongs to traces. As the first source, so that files and environment have the last word.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = Quieter.Select(category => KeyValuePair.Create($"Logging:LogLevel:{category}", (string?)nameof(LogLevel.Warning))),
        });
    }

    /// <summary>Counters always; traces and exporters only when somebody listens.</summary>
    public static IServiceCollection AddTelemetryOf(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddMetrics();
        services.AddSingleton<PromotionMetrics>();
        if (string.IsNullOrEmpty(configuration[Endpoint]))
        {
            return services;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("pipelines", serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString()))
            .WithTracing(traces => traces
                .AddSource(DiagnosticHeaders.DefaultListenerName, NodeRedTelemetry.SourceName)
                .AddNpgsql()
                .AddAspNetCoreInstrumentation(http => http.Filter = context => !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
                .AddHttpClientInstrumentation()
                .AddOtlpExporter())
            .WithMetrics(metrics => metrics
                .AddMeter(PromotionMetrics.MeterName, "MassTransit", "Npgsql")
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddOtlpExporter());
        return services;
    }
}
