using System.Net.Sockets;

namespace Pipelines.Service.Wiring;

/// <summary>Asks a broker, beside the bus and its library, whether it answers: an open port is not a broker yet.</summary>
internal static class BrokerProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Whether it answers AMQP's protocol header with a method frame; behind TLS, whether it accepts the connection.</summary>
    public static async Task<bool> AnswersAsync(Uri broker, CancellationToken cancellationToken)
    {
        var isTls = broker.Scheme is "amqps" or "rabbitmqs";
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(broker.Host, broker.Port > 0 ? broker.Port : isTls ? 5671 : 5672, patience.Token);
            if (isTls)
            {
                return true;
            }

            var stream = client.GetStream();
            await stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), patience.Token);
            var frame = new byte[1];
            return await stream.ReadAsync(frame, patience.Token) == 1 && frame[0] == 1;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
