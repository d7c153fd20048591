using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.RabbitMq;

namespace Pipelines.Demo;

/// <summary>The stand, with a broker where the machine has one or lets one be installed.</summary>
internal static class Plant
{
    public static async Task<TestStand> StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await TestStand.StartAsync(new StandOptions { RabbitMq = true }, cancellationToken);
        }
        catch (RabbitMqMissingException e)
        {
            Screen.Say($"Without RabbitMQ, on the in-memory transport: {e.Message}");
            return await TestStand.StartAsync(new StandOptions(), cancellationToken);
        }
    }
}
