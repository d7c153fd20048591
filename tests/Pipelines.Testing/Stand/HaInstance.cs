using Pipelines.Testing.Stand.NodeRed;

namespace Pipelines.Testing.Stand;

/// <summary>Several replicas of the same flows.</summary>
public sealed class HaInstance(string name, IReadOnlyList<NodeRedProcess> replicas) : IAsyncDisposable
{
    public string Name { get; } = name;

    public IReadOnlyList<NodeRedProcess> Replicas { get; } = replicas;

    public NodeRedProcess this[int index] => Replicas[index];

    /// <summary>Starts all replicas and waits until their flows run.</summary>
    public static async Task<HaInstance> StartAsync(
        NodeRedInstall install,
        string name,
        int replicas,
        string flows,
        bool supervised,
        Func<NodeRedOptions, NodeRedOptions>? adjust = null,
        CancellationToken cancellationToken = default)
    {
        var starting = Enumerable.Range(0, replicas)
            .Select(index => new NodeRedOptions($"{name}-{(char)('a' + index)}") { Flows = flows, Supervised = supervised })
            .Select(options => NodeRedProcess.StartAsync(install, adjust?.Invoke(options) ?? options, cancellationToken))
            .ToArray();
        var instance = new HaInstance(name, await AllOrNone.StartedAsync(starting));
        try
        {
            await Task.WhenAll(instance.Replicas.Select(replica => replica.RunningAsync(cancellationToken)));
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    /// <summary>What each replica's flow says at a path, in the replicas' order.</summary>
    public Task<NodeRedAnswer[]> AskAllAsync(string path, CancellationToken cancellationToken = default) =>
        Task.WhenAll(Replicas.Select(replica => replica.Admin.AskAsync(path, cancellationToken)));

    public Task<string[]> RevisionsAsync(CancellationToken cancellationToken = default) =>
        Task.WhenAll(Replicas.Select(replica => replica.Admin.RevisionAsync(cancellationToken)));

    public async ValueTask DisposeAsync() => await Task.WhenAll(Replicas.Select(replica => replica.DisposeAsync().AsTask()));
}
