using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Service;

namespace Pipelines.Demo;

/// <summary>The service beside the plant: its definitions, its process, and a promote button whose secret it knows.</summary>
internal sealed class Engine : IAsyncDisposable
{
    private const string Rollout = "waves: [1, rest], soak: 5s, verification: { checks: [{ path: /version, bodyContains: version }] }";

    private Engine(StandDefinitions definitions, ServiceProcess service, PromoteButton button)
    {
        Definitions = definitions;
        Service = service;
        Button = button;
        Promotions = new PromotionClient(service);
    }

    public StandDefinitions Definitions { get; }

    public ServiceProcess Service { get; }

    public PromoteButton Button { get; }

    public PromotionClient Promotions { get; }

    public static async Task<Engine> StartAsync(TestStand stand, CancellationToken cancellationToken)
    {
        var definitions = StandDefinitions.Write(stand.Development, stand.Production.Replicas, Rollout);
        try
        {
            var secret = PromoteButton.NewSecret();
            var service = await ServiceProcess.StartAsync(
                new ServiceOptions(await stand.CreateDatabaseAsync("demo", cancellationToken))
                {
                    Definitions = definitions.Folder,
                    RabbitMq = stand.HasBroker ? stand.Broker.ConnectionUri : null,
                    Environment = new Dictionary<string, string?>(definitions.Environment) { [$"Pipelines__Hooks__{StandDefinitions.Pipeline}__Secrets__0"] = secret },
                },
                cancellationToken);
            return new Engine(definitions, service, new PromoteButton(service.Url, StandDefinitions.Pipeline, secret));
        }
        catch
        {
            definitions.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Promotions.Dispose();
        await Service.DisposeAsync();
        Definitions.Dispose();
    }
}
