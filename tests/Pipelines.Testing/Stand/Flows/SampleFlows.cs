namespace Pipelines.Testing.Stand.Flows;

/// <summary>The real flows in <c>data/flows</c>, as JSON; see the README there.</summary>
public static class SampleFlows
{
    public static string GatewayV1 => Read("operating-block-gateway.v1");

    public static string GatewayV2 => Read("operating-block-gateway.v2");

    /// <summary>Deploys and answers, and ends its process 3 s after every start.</summary>
    public static string GatewayBrokenAtRunTime => Read("operating-block-gateway.broken-at-run-time");

    private static string Read(string name) => File.ReadAllText(Path.Combine(Repository.Testing, "data", "flows", $"{name}.flows.json"));
}
