namespace Pipelines.Testing.Stand;

public sealed record StandOptions
{
    public bool RabbitMq { get; init; }

    /// <summary>Of the production instance.</summary>
    public int Replicas { get; init; } = 2;

    /// <summary>What the development instance and every replica start with, and are put back to.</summary>
    public string Baseline { get; init; } = Flows.SampleFlows.GatewayV1;

    /// <summary>Megabytes of JavaScript heap for each Node-RED; thousands of function nodes want more than the few that tests use.</summary>
    public int MaxOldSpace { get; init; } = 192;

    /// <summary>Replicas come back after a crash, as on a container platform.</summary>
    public bool Supervised { get; init; } = true;
}
