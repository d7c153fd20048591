using RabbitMQ.Client;

namespace Pipelines.Service.Broker;

/// <summary>Connections to the broker for what others see: beside the bus, whose envelopes and exchanges are of the house.</summary>
internal sealed class BrokerLink(Uri broker)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>The user that we are there; the broker stamps and checks names of users.</summary>
    public string User { get; } = Factory(broker, "").UserName;

    public string VirtualHost { get; } = Factory(broker, "").VirtualHost;

    /// <summary>A new connection. It does not come back by itself: whoever uses it begins again, and so declares again what may be gone.</summary>
    public Task<IConnection> ConnectAsync(string name, CancellationToken cancellationToken) => Factory(broker, name).CreateConnectionAsync(cancellationToken);

    private static ConnectionFactory Factory(Uri broker, string name) => new()
    {
        // The bus's own names for the schemes mean the same.
        Uri = new UriBuilder(broker) { Scheme = broker.Scheme is "amqps" or "rabbitmqs" ? "amqps" : "amqp" }.Uri,
        AutomaticRecoveryEnabled = false,
        RequestedHeartbeat = Heartbeat,
        ClientProvidedName = name,
    };
}

/// <summary>What others bind to and send to. Durable, and named without .NET.</summary>
internal static class Topology
{
    /// <summary>A topic exchange: <c>&lt;event&gt;.&lt;pipeline&gt;</c>, such as <c>promotion.succeeded.plant-a</c>.</summary>
    public const string Events = "pipelines.events";

    /// <summary>Where commands wait. Of ours alone: others send to the exchanges.</summary>
    public const string CommandQueue = "pipelines.commands";

    /// <summary>One exchange for each command. Fanout, because that is what MassTransit takes an exchange for that it sends to.</summary>
    public static string ExchangeOf(CommandKind kind) => $"pipelines.commands.{WordOf(kind)}";

    public static string WordOf(CommandKind kind) => kind switch
    {
        CommandKind.PromoteFlows => "promote-flows",
        CommandKind.AbortPromotion => "abort-promotion",
        _ => "retry-promotion",
    };

    public static async Task DeclareCommandsAsync(IChannel channel, CancellationToken cancellationToken)
    {
        await channel.QueueDeclareAsync(
            CommandQueue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" }, cancellationToken: cancellationToken);
        foreach (var kind in Enum.GetValues<CommandKind>())
        {
            await channel.ExchangeDeclareAsync(ExchangeOf(kind), ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken);
            await channel.QueueBindAsync(CommandQueue, ExchangeOf(kind), "", cancellationToken: cancellationToken);
        }
    }

    public static Task DeclareEventsAsync(IChannel channel, CancellationToken cancellationToken) =>
        channel.ExchangeDeclareAsync(Events, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: cancellationToken);
}
