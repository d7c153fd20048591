using Pipelines.Engine.Definitions.Yaml;
using Pipelines.Engine.Stages;

namespace Pipelines.Engine.Definitions.Binding;

/// <summary>How the list of stages is read: each is a map of one key, the kind, and the kind says which record its settings are.</summary>
internal sealed partial class RecordReader
{
    private List<StageDefinition>? Stages(YamlPiece piece, string path, string name)
    {
        if (piece is not YamlList list)
        {
            report.Failed(path, piece.At, $"{name} is a list, not {piece.Is}. Begin each stage with a hyphen: - snapshot: {{ from: … }}.");
            return null;
        }

        var stages = new List<StageDefinition>();
        foreach (var item in list.Items)
        {
            if (Stage(item, $"{path}[{stages.Count}]") is { } stage)
            {
                stages.Add(stage);
            }
            else
            {
                AllStagesKnown = false;
            }
        }

        return stages;
    }

    private StageDefinition? Stage(YamlPiece piece, string path)
    {
        var names = StageKinds.All.Select(x => x.Name).ToList();
        if (piece is YamlText { IsNothing: false } text)
        {
            report.Say(text.At, StageKinds.Find(text.Value) is null
                ? $"unknown stage '{text.Value}'.{NearestWord.HintOrAll(text.Value, names)}"
                : $"a stage ends with a colon. Write - {text.Value}:.");
            return null;
        }

        if (piece is YamlRefused)
        {
            return null;
        }

        if (piece is not YamlMap { Entries.Count: > 0 } map)
        {
            report.Say(piece.At, $"a stage is its kind and its settings, such as - snapshot: {{ from: … }}, not {piece.Is}.");
            return null;
        }

        var first = map.Entries[0];
        foreach (var other in map.Entries.Skip(1))
        {
            report.Say(other.At, names.Contains(other.Key, StringComparer.Ordinal)
                ? $"'{other.Key}' is a second stage in one. Put a hyphen before it."
                : $"'{other.Key}' stands beside '{first.Key}', not in it. Indent it further.");
        }

        if (StageKinds.Find(first.Key) is not { } kind)
        {
            report.Say(first.At, $"unknown stage '{first.Key}'.{NearestWord.HintOrAll(first.Key, names)}");
            return null;
        }

        report.Written(path, first.At);
        report.Written($"{path}.Settings", first.At);
        var settings = first.Value;
        if (settings is YamlText { IsNothing: true } && map.Entries.Count > 1)
        {
            // The settings stand beside it, which is said; that some are missing would only be an echo.
            foreach (var key in RecordShape.Of(kind.Settings).Keys.Where(x => x.IsRequired))
            {
                report.Unread($"{path}.Settings.{key.Property.Name}");
            }

            return new(kind, Blank(kind.Settings));
        }

        return new(kind, Record(kind.Settings, settings, $"{path}.Settings", first.Key, first.At));
    }
}
