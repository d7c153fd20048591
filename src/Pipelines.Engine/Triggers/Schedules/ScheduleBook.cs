using System.Text.Json;
using Pipelines.Engine.Definitions;

namespace Pipelines.Engine.Triggers.Schedules;

/// <summary>The schedules of one set of definitions, by pipeline and name.</summary>
public sealed class ScheduleBook
{
    private readonly Dictionary<(string Pipeline, string Name), Schedule> _schedules = [];

    public ScheduleBook(DefinitionSet definitions)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        Definitions = definitions;
        foreach (var pipeline in definitions.Pipelines.Values)
        {
            // Pinned once however many schedules the pipeline has, and only when one of them comes.
            var pinned = new Lazy<PinnedPipeline>(() => new(definitions.Pin(pipeline.Name)));
            foreach (var schedule in pipeline.Schedules)
            {
                _schedules[(pipeline.Name, schedule.Name)] = new(pipeline, schedule, pinned);
            }
        }
    }

    public DefinitionSet Definitions { get; }

    public IReadOnlyCollection<Schedule> All => _schedules.Values;

    public Schedule? Find(string pipeline, string name) => _schedules.GetValueOrDefault((pipeline, name));
}

/// <summary>One schedule of a pipeline.</summary>
public sealed class Schedule(PipelineDefinition pipeline, ScheduleDefinition definition, Lazy<PinnedPipeline> pinned)
{
    /// <summary>For whoever only reads it.</summary>
    public Schedule(PipelineDefinition pipeline, ScheduleDefinition definition)
        : this(pipeline, definition, new(() => throw new InvalidOperationException("Nothing is started by this one.")))
    {
    }

    public string Pipeline => pipeline.Name;

    public string Name => definition.Name;

    public ScheduleDefinition Definition => definition;

    /// <summary>Names its text: processes that have another one leave its times alone.</summary>
    public string Digest { get; } = Digests.Of(JsonSerializer.Serialize(definition, DefinitionJson.Options));

    public ScheduleTimes Times { get; } = ScheduleTimes.Of(pipeline.Name, definition);

    /// <summary>Whether it cannot start together with others in one statement: instances are asked first, or those who hold or wait for the target.</summary>
    public bool StartsAlone => definition.OnlyWhenChanged || pipeline.WhenBusy != WhenBusy.Queue;

    public PinnedPipeline Pinned => pinned.Value;

    /// <summary>The key of the promotion (I3): whoever starts a time, it is the same one.</summary>
    public string KeyOf(DateTimeOffset nominal) => $"schedule:{Pipeline}:{Name}:{nominal.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}";

    public string NoteOf(DateTimeOffset nominal) => $"Due at {Times.InZone(nominal):yyyy-MM-dd HH:mm:ss zzz} ({definition.Zone}).";

    public PromotionRequest RequestFor(DateTimeOffset nominal) => new(KeyOf(nominal), Pinned.Definition, null, Trigger, $"schedule {Name}", NoteOf(nominal));

    public const string Trigger = "schedule";
}

/// <summary>A pinned definition with what every promotion of it needs again.</summary>
public sealed class PinnedPipeline(PinnedDefinition definition)
{
    public PinnedDefinition Definition => definition;

    public string Json { get; } = definition.ToJson();

    public IReadOnlyList<Turn> Turns { get; } = definition.Turns();
}
