using FluentValidation;
using Pipelines.Contracts;

namespace Pipelines.Engine.Definitions.Rules;

/// <summary>What a pipeline must be as a whole; what each stage's settings must be is said in the stage's own folder.</summary>
internal sealed class PipelineDefinitionValidator : AbstractValidator<PipelineDefinition>
{
    public PipelineDefinitionValidator(bool allStagesKnown)
    {
        RuleFor(x => x.Name).IsName("a name");
        RuleForEach(x => x.Schedules).SetValidator(new ScheduleDefinitionValidator());
        if (allStagesKnown)
        {
            RuleFor(x => x).Custom(WalksInOrder);
            RuleFor(x => x).Custom(TargetsAreValidatedOnceAndRolledOutOnce);
            RuleFor(x => x).Custom(ChangesHaveATarget);
        }
    }

    private static void WalksInOrder(PipelineDefinition pipeline, ValidationContext<PipelineDefinition> context)
    {
        if (pipeline.Stages.Count == 0)
        {
            context.Refuse("a pipeline has at least one stage. Begin with - snapshot: { from: … }.", "Stages");
            return;
        }

        foreach (var (index, stage) in pipeline.Stages.Index())
        {
            var before = pipeline.Stages.Take(index).Select(x => x.Kind.Name).ToList();
            var path = $"Stages[{index}]";
            if (index == 0 && stage.Kind.Name != "snapshot")
            {
                context.Refuse($"a pipeline begins with a snapshot, not with {stage.Kind.Name}. Put - snapshot: {{ from: … }} first.", path);
            }
            else if (index > 0 && stage.Kind.Name == "snapshot")
            {
                context.Refuse("a promotion walks one snapshot, so this second stage snapshot cannot be. Take it out.", path);
            }
            else if (stage.Kind.Needs.FirstOrDefault(x => !before.Contains(x, StringComparer.Ordinal)) is { } needed)
            {
                context.Refuse($"{stage.Kind.Name} needs a stage {needed} before it. Add - {needed}: above it.", path);
            }
        }
    }

    /// <summary>I5: a gate that asked other replicas proves nothing about these.</summary>
    private static void TargetsAreValidatedOnceAndRolledOutOnce(PipelineDefinition pipeline, ValidationContext<PipelineDefinition> context)
    {
        var validated = new HashSet<string>(StringComparer.Ordinal);
        var rolledOut = new HashSet<string>(StringComparer.Ordinal);
        var anyValidation = false;
        foreach (var (index, stage) in pipeline.Stages.Index())
        {
            if (stage.Settings is ValidateSettings validate)
            {
                anyValidation = true;
                validated.UnionWith(validate.Against.Count == 0 ? pipeline.Targets() : validate.Against);
            }

            foreach (var target in stage.Kind.TargetsOf(stage.Settings))
            {
                if (!rolledOut.Add(target))
                {
                    context.Refuse($"'{target}' is rolled out to twice. Take one rollout out.", $"Stages[{index}].Settings.To");
                }
                else if (anyValidation && !validated.Contains(target))
                {
                    context.Refuse($"no stage validate before it asks '{target}'. Add it to against, or leave against out.", $"Stages[{index}].Settings.To");
                }
            }
        }
    }

    private static void ChangesHaveATarget(PipelineDefinition pipeline, ValidationContext<PipelineDefinition> context)
    {
        foreach (var (index, schedule) in pipeline.Schedules.Index())
        {
            if (schedule.OnlyWhenChanged && pipeline.Targets().Count == 0)
            {
                context.Refuse("'onlyWhenChanged' looks at what the targets run, and this pipeline rolls out to none. Take it out, or add a rollout.", $"Schedules[{index}].OnlyWhenChanged");
            }
        }
    }
}
