using System.Diagnostics.Metrics;
using MassTransit;
using Pipelines.Contracts;

namespace Pipelines.Service.Wiring;

/// <summary>What is counted, beside what the storage counts. Names of pipelines are tags: there are few.</summary>
internal sealed class PromotionMetrics
{
    public const string MeterName = "Pipelines";

    private readonly Counter<long> _ended;
    private readonly Counter<long> _attention;
    private readonly Counter<long> _replicas;
    private readonly Counter<long> _refusedHooks;
    private readonly Counter<long> _commands;
    private readonly Counter<long> _webhooks;
    private readonly Counter<long> _disabledWebhooks;

    public PromotionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _ended = meter.CreateCounter<long>("pipelines.promotions.ended", description: "Promotions that ended, by their outcome.");
        _attention = meter.CreateCounter<long>("pipelines.promotions.attention", description: "How often people were called.");
        _replicas = meter.CreateCounter<long>("pipelines.replicas.answers", description: "What replicas answered: took, refused, silent, restored, not-restored.");
        _refusedHooks = meter.CreateCounter<long>("pipelines.hooks.refused", description: "Webhooks that were refused, by status.");
        _commands = meter.CreateCounter<long>("pipelines.bus.commands", description: "Commands from the broker, by what became of them.");
        _webhooks = meter.CreateCounter<long>("pipelines.webhooks.tries", description: "Tries to deliver to webhook subscribers, by outcome: delivered, failed, given-up.");
        _disabledWebhooks = meter.CreateCounter<long>("pipelines.webhooks.disabled", description: "Webhook subscribers that were disabled because they answered 410 or nothing came through.");
    }

    public void Ended(string pipeline, PromotionOutcome outcome) => _ended.Add(1, new("pipeline", pipeline), new("outcome", outcome.ToString()));

    public void NeedsAttention(string pipeline) => _attention.Add(1, new KeyValuePair<string, object?>("pipeline", pipeline));

    public void Replica(string answer) => _replicas.Add(1, new KeyValuePair<string, object?>("answer", answer));

    public void Command(CommandStatus status) => _commands.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    public void Webhook(string outcome) => _webhooks.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void WebhookDisabled() => _disabledWebhooks.Add(1);

    public void HookRefused(int status) => _refusedHooks.Add(1, new KeyValuePair<string, object?>("status", status));
}

/// <summary>Counts endings and calls for attention, and says them in the log; once each, since its endpoint has an inbox.</summary>
internal sealed partial class CountEndings(PromotionMetrics metrics, ILogger<CountEndings> logger) : IConsumer<PromotionEnded>, IConsumer<PromotionNeedsAttention>
{
    public Task Consume(ConsumeContext<PromotionEnded> context)
    {
        var end = context.Message;
        metrics.Ended(end.Pipeline, end.Outcome);
        if (end.Outcome == PromotionOutcome.Succeeded)
        {
            LogSucceeded(end.PromotionId, end.Pipeline, end.SnapshotDigest);
        }
        else
        {
            LogEnded(end.PromotionId, end.Pipeline, end.Outcome, end.Reason);
        }

        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<PromotionNeedsAttention> context)
    {
        metrics.NeedsAttention(context.Message.Pipeline);
        LogNeedsAttention(context.Message.PromotionId, context.Message.Pipeline, context.Message.Reason);
        return Task.CompletedTask;
    }

    [LoggerMessage(3100, LogLevel.Information, "Promotion {Promotion} of {Pipeline} has succeeded with snapshot {Snapshot}.")]
    private partial void LogSucceeded(Guid promotion, string pipeline, string? snapshot);

    [LoggerMessage(3101, LogLevel.Warning, "Promotion {Promotion} of {Pipeline} has ended as {Outcome}: {Reason}")]
    private partial void LogEnded(Guid promotion, string pipeline, PromotionOutcome outcome, string? reason);

    [LoggerMessage(3102, LogLevel.Error, "Promotion {Promotion} of {Pipeline} needs attention: {Reason}")]
    private partial void LogNeedsAttention(Guid promotion, string pipeline, string reason);
}

/// <summary>Counts what replicas answered where it is consumed anyway: an endpoint of its own would cost every answer another transaction.</summary>
internal sealed class CountReplicas(PromotionMetrics metrics) : IConsumeObserver
{
    public Task PreConsume<T>(ConsumeContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context)
        where T : class
    {
        var answer = context.Message switch
        {
            ReplicaTook => "took",
            ReplicaRefused => "refused",
            ReplicaSilent => "silent",
            ReplicaTookBack => "restored",
            ReplicaNotRestored => "not-restored",
            _ => null,
        };
        if (answer is not null)
        {
            metrics.Replica(answer);
        }

        return Task.CompletedTask;
    }

    public Task ConsumeFault<T>(ConsumeContext<T> context, Exception exception)
        where T : class => Task.CompletedTask;
}
