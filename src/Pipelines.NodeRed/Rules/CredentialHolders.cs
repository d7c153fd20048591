using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

/// <summary>
/// Which nodes hold credentials. A replica without an editor has no API that tells, so it is decided by type: Node-RED's own are known;
/// types of installed modules can be listed; of the rest config nodes are suspected, because that is where modules keep secrets.
/// </summary>
internal sealed class CredentialHolders(RuleSettings settings, IReadOnlySet<string> coreTypes)
{
    // Config nodes of the dashboards: pages and colours.
    private static readonly string[] HarmlessPrefixes = ["ui_", "ui-"];

    public Holding Of(FlowNode node)
    {
        if (settings.CredentialTypes.Contains(node.Type, StringComparer.Ordinal))
        {
            return Holding.Certain;
        }
        if (node.Environment().Any(entry => entry.Type == "cred"))
        {
            return Holding.Certain;
        }
        switch (node.Type)
        {
            case "mqtt-broker" or "http proxy" or "tls-config":
                return Holding.Certain;
            case "http request":
                return node.Text("authType") is { Length: > 0 } ? Holding.Certain : Holding.None;
        }
        if (node.IsContainer || node.SubflowId is not null || coreTypes.Contains(node.Type) || settings.CredentialFreeTypes.Contains(node.Type, StringComparer.Ordinal))
        {
            return Holding.None;
        }
        if (HarmlessPrefixes.Any(prefix => node.Type.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return Holding.None;
        }
        return node.IsConfig ? Holding.Suspected : Holding.Possible;
    }

    /// <summary>As installed on the replica; Node-RED's config nodes without credentials are known anyway.</summary>
    public static IReadOnlySet<string> CoreTypes(ReplicaFacts replica) =>
        (replica.NodeSets ?? []).Where(set => set.Module == "node-red").SelectMany(set => set.Types)
        .Concat(["websocket-listener", "websocket-client", "global-config"]).ToHashSet(StringComparer.Ordinal);
}

internal enum Holding
{
    None,

    /// <summary>A node of a module, on the canvas: now and then one of them holds a secret.</summary>
    Possible,

    /// <summary>A config node of a module: most of them do.</summary>
    Suspected,

    Certain,
}
