using System.Net.Sockets;

namespace Pipelines.NodeRed.Admin;

/// <summary>The one kind of connection that a deploy may travel on.</summary>
public static class AdminHandler
{
    /// <summary>
    /// Creates the handler; one for all replicas is enough. An abandoned connection is cut with a reset: otherwise a deploy that timed out
    /// in our send buffer could still arrive minutes later, over a newer one.
    /// </summary>
    public static SocketsHttpHandler Create(TimeSpan? connectTimeout = null) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = connectTimeout ?? TimeSpan.FromSeconds(3),
        // Node.js closes an idle connection after 5 s; a deploy must not be the one to find out.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2),
        ConnectCallback = ConnectAsync,
    };

    /// <summary>A client over <see cref="Create"/>; the time-outs are each request's own.</summary>
    /// <param name="connectTimeout">Default 3 s.</param>
    /// <param name="around">Puts a handler around the one that connects; null is none.</param>
    public static HttpClient CreateClient(TimeSpan? connectTimeout = null, Func<HttpMessageHandler, HttpMessageHandler>? around = null)
    {
        var handler = Create(connectTimeout);
        return Endless(new HttpClient(around?.Invoke(handler) ?? handler));
    }

    internal static HttpClient Endless(HttpClient client)
    {
        client.Timeout = Timeout.InfiniteTimeSpan;
        return client;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(enable: true, seconds: 0) };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
