using System.Text;
using Pipelines.Testing.Stand.NodeRed;

namespace Pipelines.Testing.Stand.Service;

/// <summary>A folder of definitions about a stand's own instances, as an operator would write it.</summary>
public sealed class StandDefinitions : IDisposable
{
    public const string Pipeline = "plant";

    private StandDefinitions(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The environment in which the references to secrets resolve.</summary>
    public Dictionary<string, string?> Environment { get; } = new(StringComparer.Ordinal);

    /// <param name="rollout">The rollout's settings beside <c>to</c>, as YAML on one line: <c>soak: 5s, checks: [/version]</c>.</param>
    public static StandDefinitions Write(NodeRedProcess development, IReadOnlyList<NodeRedProcess> replicas, string rollout = "soak: 5s")
    {
        ArgumentNullException.ThrowIfNull(development);
        ArgumentNullException.ThrowIfNull(replicas);
        var definitions = new StandDefinitions(Directory.CreateTempSubdirectory("pipelines-definitions-").FullName);
        definitions.Environment["DEVELOPMENT_TOKEN"] = development.Token;
        definitions.Environment["PRODUCTION_TOKEN"] = replicas[0].Token;
        var instances = new StringBuilder(
            $$"""
            instances:
              development:
                admin: {{development.AdminUrl}}
                access: { token: "${env:DEVELOPMENT_TOKEN}" }
              production:
                access: { token: "${env:PRODUCTION_TOKEN}" }
                replicas:

            """);
        foreach (var replica in replicas)
        {
            instances.AppendLine($"      {replica.Name}: {{ admin: {replica.AdminUrl}, flows: {replica.FlowsUrl} }}");
        }

        File.WriteAllText(Path.Combine(definitions.Folder, "instances.yaml"), instances.ToString());
        definitions.WritePipeline(rollout);
        return definitions;
    }

    public void WritePipeline(string rollout) =>
        File.WriteAllText(
            Path.Combine(Folder, $"{Pipeline}.pipeline.yaml"),
            $$"""
            name: {{Pipeline}}
            stages:
              - snapshot: { from: development }
              - validate:
              - rollout: { to: production, {{rollout}} }

            """);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
