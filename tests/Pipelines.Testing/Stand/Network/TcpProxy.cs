using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Pipelines.Testing.Stand.Network;

/// <summary>A network that can be made worse: between a caller and a process, with delay, silence, and cut connections.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<int, Socket> _sockets = new();
    private readonly Task _accepting;
    private int _count;
    private volatile TaskCompletionSource? _silence;
    private volatile bool _cut;
    private long _delayTicks;

    private TcpProxy(IPEndPoint target)
    {
        _target = target;
        Port = FreePort.Next();
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Connections accepted since the start.</summary>
    public int Connections => _count;

    /// <summary>Added before every piece of data, in both directions.</summary>
    public TimeSpan Delay
    {
        get => new(Interlocked.Read(ref _delayTicks));
        set => Interlocked.Exchange(ref _delayTicks, value.Ticks);
    }

    public static TcpProxy To(int port) => new(new IPEndPoint(IPAddress.Loopback, port));

    public static TcpProxy To(Uri uri) => To(uri.Port);

    /// <summary>The same address, through this proxy.</summary>
    public Uri Through(Uri uri) => new UriBuilder(uri) { Host = "127.0.0.1", Port = Port }.Uri;

    /// <summary>Resets what is open, and everything that comes until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        _cut = true;
        CloseAll();
    }

    /// <summary>Connections open and stay open, and no byte gets through until <see cref="Mend"/>.</summary>
    public void Silence() => _silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend()
    {
        _cut = false;
        Delay = TimeSpan.Zero;
        _silence?.TrySetResult();
        _silence = null;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        CloseAll();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var caller = await _listener.AcceptSocketAsync(_end.Token);
                _ = CarryAsync(caller, Interlocked.Increment(ref _count) * 2);
            }
            catch (Exception e) when (IsBroken(e))
            {
                // Either the end, or a caller who was gone before we said hello.
            }
        }
    }

    private async Task CarryAsync(Socket caller, int key)
    {
        using var target = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _sockets[key] = caller;
        _sockets[key + 1] = target;
        try
        {
            ThrowWhenCut();
            await target.ConnectAsync(_target, _end.Token);
            await Task.WhenAll(PumpAsync(caller, target), PumpAsync(target, caller));
            caller.Dispose();
        }
        catch (Exception e) when (IsBroken(e))
        {
            Reset(caller);
        }
        finally
        {
            _sockets.TryRemove(key, out _);
            _sockets.TryRemove(key + 1, out _);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var read)
            {
                await (_silence?.Task.WaitAsync(_end.Token) ?? Task.CompletedTask);
                await Task.Delay(Delay, _end.Token);
                ThrowWhenCut();
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _end.Token);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (IsBroken(e))
        {
            // What broke on one side breaks on the other: a caller must not wait for an answer that cannot come.
            Reset(from);
            Reset(to);
        }
    }

    private static bool IsBroken(Exception e) => e is SocketException or ObjectDisposedException or OperationCanceledException;

    private void ThrowWhenCut()
    {
        if (_cut)
        {
            throw new SocketException((int)SocketError.ConnectionReset);
        }
    }

    private void CloseAll()
    {
        foreach (var socket in _sockets.Values)
        {
            Reset(socket);
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            // Zero lingering sends a reset instead of a polite end.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already closed.
        }

        socket.Dispose();
    }
}
