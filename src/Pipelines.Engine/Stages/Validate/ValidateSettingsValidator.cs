using FluentValidation;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions.Rules;

namespace Pipelines.Engine.Stages.Validate;

internal sealed class ValidateSettingsValidator : AbstractValidator<ValidateSettings>
{
    public ValidateSettingsValidator(StagePlace place)
    {
        RuleFor(x => x.Profile).IsName("a profile");
        RuleForEach(x => x.Against).Says(place.WhyNotTarget);
        RuleFor(x => x.Against).Custom((against, context) =>
        {
            foreach (var (index, name) in against.Index().Where(x => against.Take(x.Index).Contains(x.Item, StringComparer.Ordinal)))
            {
                context.Refuse($"'{name}' is named twice. Take one out.", $"Against[{index}]");
            }
        });
        RuleFor(x => x.Retries).SetValidator(new RetrySettingsValidator());
        RuleFor(x => x.Deadline).IsPositive("deadline");
    }
}
