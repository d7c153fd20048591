using Pipelines.Contracts;

namespace Pipelines.Engine.Stages.Validate;

/// <summary>A stage that holds a snapshot against the rules and against every replica of its targets.</summary>
public sealed class ValidateState : StageSaga
{
    public ValidateSettings Settings { get; set; } = null!;

    public override object WakeUp() => ValidateSteps.Wake(this);
}
