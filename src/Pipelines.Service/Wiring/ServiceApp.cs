using Microsoft.AspNetCore.Http.Json;
using Pipelines.Engine;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Feed;
using Pipelines.Service.Broker;
using Pipelines.Service.Http;
using Pipelines.Service.Outbound;
using Pipelines.Storage;
using Pipelines.Storage.Reading;
using Pipelines.Storage.Schedules;

namespace Pipelines.Service.Wiring;

/// <summary>The service from its settings to its end.</summary>
internal static class ServiceApp
{
    /// <summary>The exit code of a start that a person must mend.</summary>
    public const int CannotStart = 2;

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter errors)
    {
        WebApplication app;
        try
        {
            app = Build(args);
        }
        catch (SettingsException e)
        {
            await errors.WriteLineAsync(e.Message);
            return CannotStart;
        }

        await using (app)
        {
            try
            {
                app.Services.GetRequiredService<DefinitionShelf>().LoadOrThrow();
            }
            catch (DefinitionException e)
            {
                await errors.WriteLineAsync(string.Join(Environment.NewLine, e.Problems));
                return CannotStart;
            }

            // A background service that fails stops the host, and an orchestrator must hear of it.
            var background = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
            await app.RunAsync();
            return background.Exists(x => x.ExecuteTask?.IsFaulted == true) ? 1 : 0;
        }
    }

    /// <summary>Everything wired, nothing started; the definitions are not loaded yet.</summary>
    /// <param name="adjust">The last word, for tests.</param>
    /// <exception cref="SettingsException">A setting is wrong.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        var settings = ServiceSettings.From(builder.Configuration);
        builder.Services.AddSingleton(settings);
        builder.AddLogsOf(settings);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyReader.MaxBytes;
        });

        builder.Services.AddDefinitions(new DefinitionOptions { Folder = settings.Definitions });
        builder.Services.AddPipelinesStorage(storage =>
        {
            storage.ConnectionString = settings.ConnectionString;
            storage.Transport.KeepsMessages = settings.Transport == Transport.RabbitMq;
            storage.Housekeeping.SagasKept = settings.SagasKept;
            storage.Housekeeping.SnapshotsKept = settings.SnapshotsKept;
            storage.Housekeeping.AuditKept = settings.AuditKept;
            if (settings.RabbitMq is { } broker)
            {
                storage.Transport.BrokerAnswers = token => BrokerProbe.AnswersAsync(broker, token);
            }

            storage.FeedReaders.Add(FeedReaders.Webhooks);
            if (settings.Transport == Transport.RabbitMq)
            {
                storage.FeedReaders.Add(FeedReaders.Bus);
            }
        });
        builder.Services.AddPromotionStores();
        builder.Services.AddReading();
        builder.Services.AddPromotionEngine();
        builder.Services.AddSchedules();
        builder.Services.AddBusOf(settings);
        builder.Services.AddBrokerOf(settings);
        builder.Services.AddOutboundOf(settings);
        builder.Services.AddTelemetryOf(builder.Configuration);
        builder.Services.AddTokens();
        builder.Services.AddSingleton<HookSecrets>();
        builder.Services.AddSingleton<HookLimits>();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddApiDescription();
        builder.Services.Configure<JsonOptions>(json => ApiJson.Apply(json.SerializerOptions));

        adjust?.Invoke(builder);
        var app = builder.Build();
        app.UseProblems();
        app.UseMiddleware<NotReadyYet>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();
        app.MapHooks();
        app.MapPromotions();
        app.MapPromotionEvents();
        app.MapPipelines();
        app.MapSchedules();
        app.MapInstances();
        app.MapSnapshots();
        app.MapTokens();
        app.MapAudit();
        app.MapWebhooks();
        app.MapDeadLetters();
        app.MapApiDescription();
        return app;
    }
}
