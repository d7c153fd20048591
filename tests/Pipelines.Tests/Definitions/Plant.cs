using Pipelines.Engine.Definitions;

namespace Pipelines.Tests.Definitions;

/// <summary>A good set of files, of which a test spoils what it is about.</summary>
internal static class Plant
{
    public const string Instances =
        """
        instances:
          plant-a-dev:
            admin: http://dev:1880/admin
          plant-a:
            replicas:
              a: http://plant-a-0:1880/admin
              b: http://plant-a-1:1880/admin
              c: http://plant-a-2:1880/admin
            access: { token: "${env:PLANT_A_TOKEN}" }
        """;

    public const string Pipeline =
        """
        name: plant-a
        stages:
          - snapshot: { from: plant-a-dev }
          - validate:
          - rollout: { to: plant-a }
        """;

    public const string PipelineFile = "plant-a.pipeline.yaml";

    public static IReadOnlyList<DefinitionFile> Files(params (string Name, string Text)[] spoilt)
    {
        var files = spoilt.Select(x => new DefinitionFile(x.Name, x.Text)).ToList();
        if (!files.Exists(x => x.Name == DefinitionFile.Instances))
        {
            files.Add(new(DefinitionFile.Instances, Instances));
        }

        if (!files.Exists(x => x.Name == PipelineFile))
        {
            files.Add(new(PipelineFile, Pipeline));
        }

        return files;
    }

    public static IReadOnlyList<string> Problems(IEnumerable<DefinitionFile> files)
    {
        var set = DefinitionSet.TryParse(files, out var problems);
        return set is null ? [.. problems.Select(x => x.ToString())] : [];
    }
}
