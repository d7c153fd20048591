using Pipelines.Engine.Definitions.Binding;
using Pipelines.Engine.Definitions.Rules;
using Pipelines.Engine.Definitions.Yaml;
using Pipelines.Engine.Stages;

namespace Pipelines.Engine.Definitions;

/// <summary>Files in; a set of definitions, or all their mistakes, out. It touches neither disk nor clock.</summary>
internal static class DefinitionReader
{
    public static DefinitionSet? Read(IReadOnlyList<DefinitionFile> files, out IReadOnlyList<DefinitionProblem> problems)
    {
        var reports = new List<FileReport>();
        var pipelines = new List<PipelineDefinition>();
        var instances = Instances(files, reports);
        var place = new StagePlace(instances?.ToDictionary(x => x.Key, x => x.Value, StringComparer.Ordinal));
        foreach (var file in files.Where(IsPipeline).OrderBy(x => x.Name, StringComparer.Ordinal))
        {
            var report = NewReport(file.Name, reports);
            if (Pipeline(file, report, place) is { } pipeline)
            {
                if (pipelines.Find(x => x.Name == pipeline.Name && x.Name.Length > 0) is { } twin)
                {
                    report.Say(report.Find("Name"), $"the name '{pipeline.Name}' is taken by {twin.File}. Choose another one.");
                }

                pipelines.Add(pipeline);
            }
        }

        foreach (var file in files.Where(x => x.Name != DefinitionFile.Instances && !IsPipeline(x)))
        {
            NewReport(file.Name, reports).Say(
                new(1, 1),
                $"this file is not read: pipelines are in *{DefinitionFile.PipelineEnding}, instances in {DefinitionFile.Instances}. Rename it, or move it out of the folder.");
        }

        problems = [.. reports.SelectMany(x => x.Problems.OrderBy(y => y.Line).ThenBy(y => y.Column).Distinct())];
        return problems.Count > 0 ? null : new()
        {
            Pipelines = pipelines.OrderBy(x => x.Name, StringComparer.Ordinal).ToDictionary(x => x.Name, StringComparer.Ordinal),
            Instances = instances!.ToDictionary(x => x.Key, x => x.Value!, StringComparer.Ordinal),
            Digest = DigestOf(files),
        };
    }

    public static string DigestOf(IEnumerable<DefinitionFile> files) =>
        Digests.Of(string.Join('\n', files.OrderBy(x => x.Name, StringComparer.Ordinal).Select(x => $"{Digests.Of(x.Content.Span)}  {x.Name}")));

    private static bool IsPipeline(DefinitionFile file) => file.Name.EndsWith(DefinitionFile.PipelineEnding, StringComparison.Ordinal);

    private static FileReport NewReport(string file, List<FileReport> reports)
    {
        var report = new FileReport(file);
        reports.Add(report);
        return report;
    }

    /// <summary>By name; null for one with mistakes, which nothing is compared with. Null altogether when the file cannot be read.</summary>
    private static List<KeyValuePair<string, InstanceDefinition?>>? Instances(IReadOnlyList<DefinitionFile> files, List<FileReport> reports)
    {
        var report = NewReport(DefinitionFile.Instances, reports);
        if (files.FirstOrDefault(x => x.Name == DefinitionFile.Instances) is not { } file)
        {
            report.Say(new(1, 1), "the file is missing. Write it, and begin with instances:.");
            return null;
        }

        if (Tree(file, report, "instances:.", out _) is not { } tree)
        {
            return null;
        }

        var read = new RecordReader(report).Record<InstancesFile>(tree);
        report.Add(new InstancesFileValidator().Validate(read).Errors);
        if (!report.WasRead("Instances"))
        {
            return null;
        }

        // The URL of a replica's own endpoints is written out here once, so that what is stored later says it.
        return [.. read.Instances.Select((x, i) => KeyValuePair.Create(x.Name, report.IsSound($"Instances[{i}]") ? Complete(x) : null))];
    }

    private static InstanceDefinition Complete(InstanceDefinition instance) =>
        instance with { Replicas = [.. instance.Replicas.Select(x => x with { Flows = x.Flows })] };

    private static PipelineDefinition? Pipeline(DefinitionFile file, FileReport report, StagePlace place)
    {
        if (Tree(file, report, "name:, or take the file out.", out var text) is not { } tree)
        {
            return null;
        }

        var reader = new RecordReader(report);
        var read = reader.Record<PipelineDefinition>(tree);
        report.Add(new PipelineDefinitionValidator(reader.AllStagesKnown).Validate(read).Errors);
        foreach (var (index, stage) in read.Stages.Index())
        {
            report.Add(stage.Kind.Check(stage.Settings, place), $"Stages[{index}].Settings.");
        }

        return read with { File = file.Name, SourceText = text, Digest = Digests.Of(text) };
    }

    private static YamlPiece? Tree(DefinitionFile file, FileReport report, string begin, out string text)
    {
        text = Lines.Decode(file.Content.Span, report) ?? "";
        if (report.Problems.Count > 0)
        {
            return null;
        }

        var tree = YamlTree.Read(text, report);
        if (tree is null or YamlText { IsNothing: true } && report.Problems.Count == 0)
        {
            report.Say(new(1, 1), $"the file is empty. Begin with {begin}");
            return null;
        }

        return tree;
    }
}
