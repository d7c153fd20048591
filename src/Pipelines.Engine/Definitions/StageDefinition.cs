using Pipelines.Engine.Stages;

namespace Pipelines.Engine.Definitions;

/// <summary>One stage of a pipeline: its kind, and its settings as the record that belongs to the kind.</summary>
public sealed record StageDefinition(StageKind Kind, object Settings);
