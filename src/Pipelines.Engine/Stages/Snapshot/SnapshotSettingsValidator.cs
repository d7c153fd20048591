using FluentValidation;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions.Rules;

namespace Pipelines.Engine.Stages.Snapshot;

internal sealed class SnapshotSettingsValidator : AbstractValidator<SnapshotSettings>
{
    public SnapshotSettingsValidator(StagePlace place)
    {
        RuleFor(x => x.From).Says(place.WhyNotDevelopment);
        RuleFor(x => x.Retries).SetValidator(new RetrySettingsValidator());
        RuleFor(x => x.Deadline).IsPositive("deadline");
    }
}
