using FluentValidation;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Rules;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Engine.Stages.Validate;

internal sealed class ValidateSettingsValidator : AbstractValidator<ValidateSettings>
{
    public ValidateSettingsValidator(StagePlace place)
    {
        RuleFor(x => x.Profile).Says(name => Refusals.WhyNoName("a profile", name) ?? WhyNoProfile(name));
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

    private static string? WhyNoProfile(string name)
    {
        var names = Profile.All.Select(x => x.Name).ToList();
        return names.Contains(name, StringComparer.Ordinal) ? null : $"there is no profile '{name}'.{NearestWord.Hint(name, names)} Profiles: {string.Join(", ", names)}.";
    }
}
