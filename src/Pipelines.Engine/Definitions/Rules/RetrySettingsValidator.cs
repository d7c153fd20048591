using FluentValidation;
using Pipelines.Contracts;

namespace Pipelines.Engine.Definitions.Rules;

internal sealed class RetrySettingsValidator : AbstractValidator<RetrySettings>
{
    public RetrySettingsValidator()
    {
        RuleFor(x => x.Attempts).Says(x => x is < 1 or > 1000 ? $"'attempts' is a number from 1 to 1000, the first try included, not {x}." : null);
        RuleFor(x => x.FirstDelay).IsPositive("firstDelay");
        RuleFor(x => x).Custom((retries, context) =>
        {
            if (retries.MaxDelay > TimeSpan.FromHours(1))
            {
                context.Refuse($"'maxDelay' is at most 1h, not {Duration.Text(retries.MaxDelay)}.", "MaxDelay");
            }
            else if (retries.FirstDelay > retries.MaxDelay)
            {
                context.Refuse(
                    $"'firstDelay' ({Duration.Text(retries.FirstDelay)}) is longer than 'maxDelay' ({Duration.Text(retries.MaxDelay)}). Shorten it, or raise maxDelay.",
                    "FirstDelay", "MaxDelay");
            }
        });
    }
}
