using Pipelines.Testing.Stand.Network;
using Pipelines.Testing.Stand.Processes;

namespace Pipelines.Testing.Stand.RabbitMq;

/// <summary>A broker as a container, for machines without Debian's package. Its data is a volume, so that it survives a restart.</summary>
internal sealed class DockerRabbitMq : IRabbitMqHost
{
    private const string Image = "rabbitmq:3.13-alpine";

    private readonly string _name = $"pipelines-stand-{Guid.NewGuid():N}"[..30];

    public string Source => $"Docker, {Image}";

    public int Port { get; } = FreePort.Next();

    public static async Task<bool> EngineAnswersAsync(CancellationToken cancellationToken) =>
        RabbitMqBinaries.OnPath("docker") is not null
        && (await Command.RunAsync(new("docker version", "docker", "version", "--format", "{{.Server.Version}}"), TimeSpan.FromSeconds(10), cancellationToken)).Ok;

    public Task<ChildProcess> StartAsync(CancellationToken cancellationToken) => ChildProcess.StartAsync(
        new("RabbitMQ", "docker", "run", "--rm", "--name", _name, "--hostname", "stand", "--volume", $"{_name}:/var/lib/rabbitmq", "--publish", $"127.0.0.1:{Port}:5672", Image)
        {
            Grace = TimeSpan.FromSeconds(20),
        },
        cancellationToken);

    public async Task KillAsync(ChildProcess server)
    {
        await Command.RunAsync(new("docker kill", "docker", "kill", _name), TimeSpan.FromSeconds(20), CancellationToken.None);
        await server.Exited;
    }

    public async ValueTask DisposeAsync() =>
        await Command.RunAsync(new("docker volume rm", "docker", "volume", "rm", "--force", _name), TimeSpan.FromSeconds(20), CancellationToken.None);
}
