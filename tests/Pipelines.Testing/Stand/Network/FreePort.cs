using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Pipelines.Testing.Stand.Network;

/// <summary>
/// A port that stays ours while its process is down: below the range from which the kernel takes ports for outgoing connections, so that
/// no passing connection sits on it when the process comes back.
/// </summary>
public static class FreePort
{
    private const int First = 15_000;
    private const int End = 32_000;

    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    public static int Next()
    {
        lock (Gate)
        {
            for (var attempt = 0; attempt < 500; attempt++)
            {
                var port = RandomNumberGenerator.GetInt32(First, End);
                if (!Given.Contains(port) && IsFree(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free port between {First} and {End} in 500 tries.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
