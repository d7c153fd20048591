using FluentValidation;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions.Rules;

namespace Pipelines.Engine.Stages.Rollout;

internal sealed class VerificationSettingsValidator : AbstractValidator<VerificationSettings>
{
    public VerificationSettingsValidator()
    {
        RuleFor(x => x.StartTimeout).IsPositive("startTimeout");
        RuleFor(x => x.ProbeSample).Says(x => x is < 1 or > 10_000 ? "'probeSample' is a number from 1 to 10000: without a node that answers, nothing proves that flows run." : null);
        RuleForEach(x => x.Checks).SetValidator(new HttpCheckValidator());
    }
}

internal sealed class HttpCheckValidator : AbstractValidator<HttpCheck>
{
    public HttpCheckValidator()
    {
        RuleFor(x => x.Path).Says(x =>
            !x.StartsWith('/') ? $"the path of a check starts with a slash. Write '/{x}'."
            : x.StartsWith("//", StringComparison.Ordinal) ? "the path of a check starts with a single slash: with two, the next word would be a host."
            : x.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? "the path of a check has no blanks. Write %20 for one."
            : null);
        RuleFor(x => x.Status).Says(x => x is < 100 or > 599 ? $"'status' is a number from 100 to 599, not {x}." : null);
        RuleFor(x => x.Timeout).IsPositive("timeout");
        RuleFor(x => x.JsonPointer).Says(x =>
            x is null or "" || x.StartsWith('/') ? null : $"a JSON pointer starts with a slash. Write '/{x}'.");
        RuleFor(x => x).Custom((check, context) =>
        {
            if (check.JsonPointer is not null && check.JsonEquals is null)
            {
                context.Refuse("'jsonPointer' says where to look, but not for what. Add jsonEquals.", "JsonPointer", "JsonEquals");
            }
            else if (check.JsonPointer is null && check.JsonEquals is not null)
            {
                context.Refuse("'jsonEquals' says what to look for, but not where. Add jsonPointer.", "JsonEquals", "JsonPointer");
            }
        });
    }
}
