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
        RuleFor(x => x.Profile).Says(profile => Profile.Find(profile) is null
            ? $"there is no profile '{profile}'.{NearestWord.HintOrAll(profile, [.. Profile.All.Select(x => x.Name)])}"
            : null);
        RuleFor(x => x.Rules).Custom((rules, context) =>
        {
            foreach (var id in rules.Keys.Where(id => RuleBook.Find(id) is null))
            {
                context.Refuse(NoRule(id), $"Rules.{id}");
            }
        });
        RuleFor(x => x.Suppressions).Custom((suppressions, context) =>
        {
            foreach (var (index, suppression) in suppressions.Index())
            {
                if (RuleBook.Find(suppression.Rule) is not { } rule)
                {
                    context.Refuse(NoRule(suppression.Rule), $"Suppressions[{index}].Rule");
                }
                else if (!rule.Suppressible)
                {
                    context.Refuse($"{rule.Id} ({rule.Title}) cannot be suppressed: its findings keep a replica from running. Take the suppression out.", $"Suppressions[{index}].Rule");
                }
                if (string.IsNullOrWhiteSpace(suppression.Reason))
                {
                    context.Refuse("a suppression needs a reason. Write why the findings are meant.", $"Suppressions[{index}].Reason");
                }
            }
        });
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

    private static string NoRule(string id) => $"there is no rule '{id}'.{NearestWord.Hint(id, RuleBook.All.Select(rule => rule.Id))} pipelines explain lists them all.";
}
