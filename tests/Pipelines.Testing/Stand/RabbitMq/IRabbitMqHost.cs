using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand.RabbitMq;

/// <summary>Where the broker's process comes from; knows nothing of being ready.</summary>
internal interface IRabbitMqHost : IAsyncDisposable
{
    /// <summary>For people.</summary>
    string Source { get; }

    int Port { get; }

    Task<ChildProcess> StartAsync(CancellationToken cancellationToken);

    /// <summary>Ends it as a crash would.</summary>
    Task KillAsync(ChildProcess server);
}
