using Pipelines.Contracts;
using Pipelines.Service.Wiring;
using Pipelines.Storage.DeadLetters;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Reading;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Pipelines.Service.Broker;

/// <summary>
/// Takes commands from the broker. A message is acknowledged when what it led to is stored and its answer has been sent; who dies before that gets it again,
/// and the repeat meets the key of the first. While PostgreSQL is away it waits here. What cannot be understood is set aside, whole, and blocks nobody.
/// </summary>
internal sealed partial class CommandInbox(
    BrokerLink broker, IServiceScopeFactory scopes, IStorageReadiness storage, PromotionMetrics metrics, TimeProvider time, ILogger<CommandInbox> logger) : BackgroundService
{
    private const ushort Prefetch = 64;
    private const ushort AtOnce = 16;
    private const int Tries = 3;

    /// <summary>As for the engine's own messages: after so many deliveries without an end it may be what ends the process.</summary>
    private const int DeadlyAfter = 25;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var down = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await storage.WhenReadyAsync(stoppingToken);
                await using var connection = await broker.ConnectAsync("pipelines commands", stoppingToken);
                await ConsumeAsync(connection, stoppingToken);
                down = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!down)
                {
                    LogDown(e.Message);
                    down = true;
                }
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Until the connection ends.
    private async Task ConsumeAsync(IConnection connection, CancellationToken stoppingToken)
    {
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false, consumerDispatchConcurrency: AtOnce), stoppingToken);
        await Topology.DeclareCommandsAsync(channel, stoppingToken);
        await channel.BasicQosAsync(0, Prefetch, global: false, stoppingToken);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        channel.ChannelShutdownAsync += (_, _) => ended.CancelAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            try
            {
                // The buffer is the library's again when this returns.
                var message = new CommandMessage(KindOf(delivery.Exchange), delivery.BasicProperties, delivery.Body.ToArray());
                var answer = await AnswerAsync(message, ended.Token);
                if (CommandReply.Of(message, answer, time.GetUtcNow()) is { } reply)
                {
                    await SendAsync(connection, reply, ended.Token);
                }

                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, ended.Token);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                // Not acknowledged: somebody gets it again.
            }
            catch (Exception e)
            {
                LogAgain(e.Message);
                await ended.CancelAsync();
            }
        };
        await channel.BasicConsumeAsync(Topology.CommandQueue, autoAck: false, consumer, stoppingToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
    }

    private static CommandKind KindOf(string exchange) =>
        Enum.GetValues<CommandKind>().FirstOrDefault(kind => Topology.ExchangeOf(kind) == exchange, CommandKind.PromoteFlows);

    private async Task<CommandAnswer> AnswerAsync(CommandMessage message, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var answer = message.Deliveries >= DeadlyAfter
                    ? await AsideAsync(message, DeadLetterKind.Deadly, "message", $"It was delivered {message.Deliveries} times and never finished: the process may die of it.", null, cancellationToken)
                    : await JudgeAsync(message, cancellationToken);
                metrics.Command(answer.Status);
                LogAnswered(message.Kind, Http.BodyReader.Shown(message.Id ?? ""), Http.BodyReader.Shown(message.User ?? ""), answer.Status, answer.PromotionId, answer.Reason);
                return answer;
            }
            catch (Exception e) when (StorageTrouble.IsAway(e))
            {
                attempt = 0;
                LogLater(e.Message);
                await Task.Delay(Pause, time, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException && attempt < Tries)
            {
                LogStumbled(e, attempt);
                await Task.Delay(TimeSpan.FromMilliseconds(100 * attempt), time, cancellationToken);
            }
        }
    }

    private async Task<CommandAnswer> JudgeAsync(CommandMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<CommandDesk>().HandleAsync(message, cancellationToken);
        }
        catch (CommandFaultException e)
        {
            return await AsideAsync(message, DeadLetterKind.Unknown, e.Field, e.Message, null, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException && !StorageTrouble.IsAway(e) && message.Deliveries >= Tries)
        {
            return await AsideAsync(message, DeadLetterKind.Failed, "message", $"It could not be done: {e.Message}", e, cancellationToken);
        }
    }

    private async Task<CommandAnswer> AsideAsync(
        CommandMessage message, DeadLetterKind kind, string field, string reason, Exception? exception, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DeadLetterStore>().KeepAsync(
            new LetterFromOutside(
                kind, Topology.CommandQueue, new Uri($"exchange:{Topology.ExchangeOf(message.Kind)}"), message.Id, message.Kind.ToString(), message.ContentType,
                message.Headers(), message.Body.ToArray(), reason, exception),
            cancellationToken);
        LogAside(message.Kind, Http.BodyReader.Shown(message.Id ?? ""), kind, field, reason);
        return new CommandAnswer(CommandStatus.Fault, Reason: reason, Field: field);
    }

    // On a channel of its own: an address that does not exist costs a channel, and must not cost the consumer's.
    private async Task SendAsync(IConnection connection, CommandReply reply, CancellationToken cancellationToken)
    {
        try
        {
            await using var channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
            await channel.BasicPublishAsync(reply.Exchange, reply.RoutingKey, mandatory: false, reply.Properties, reply.Body, cancellationToken);
        }
        catch (Exception e) when (connection.IsOpen && e is not OperationCanceledException)
        {
            LogNobody(reply.Exchange, reply.RoutingKey, e.Message);
        }
    }

    [LoggerMessage(3221, LogLevel.Warning, "Commands cannot be taken from the broker: {Reason} They wait there.")]
    private partial void LogDown(string reason);

    [LoggerMessage(3222, LogLevel.Warning, "A command waits for PostgreSQL: {Reason}")]
    private partial void LogLater(string reason);

    [LoggerMessage(3223, LogLevel.Warning, "A command could not be finished and comes again: {Reason}")]
    private partial void LogAgain(string reason);

    [LoggerMessage(3224, LogLevel.Error, "A command stumbled (try {Attempt}).")]
    private partial void LogStumbled(Exception e, int attempt);

    [LoggerMessage(3225, LogLevel.Information, "{Kind} '{Message}' of user '{User}' is answered with {Status} (promotion {Promotion}): {Reason}")]
    private partial void LogAnswered(CommandKind kind, string message, string user, CommandStatus status, Guid? promotion, string? reason);

    [LoggerMessage(3226, LogLevel.Error, "{Kind} '{Message}' is set aside as {Letter}, because of {Field}: {Reason} GET /dead-letters shows it.")]
    private partial void LogAside(CommandKind kind, string message, DeadLetterKind letter, string field, string reason);

    [LoggerMessage(3227, LogLevel.Warning, "An answer to '{Exchange}' '{Queue}' finds nobody: {Reason}")]
    private partial void LogNobody(string exchange, string queue, string reason);
}
