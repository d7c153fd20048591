using FluentValidation;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Rules;

namespace Pipelines.Engine.Stages.Rollout;

internal sealed class RolloutSettingsValidator : AbstractValidator<RolloutSettings>
{
    public RolloutSettingsValidator(StagePlace place)
    {
        RuleFor(x => x.To).Says(place.WhyNotTarget);
        RuleFor(x => x).Custom((settings, context) => WavesFit(settings, place, context));
        RuleFor(x => x.Verification).SetValidator(new VerificationSettingsValidator());
        RuleFor(x => x.Soak).Custom((soak, context) =>
        {
            if (soak.Interval <= TimeSpan.Zero)
            {
                context.Refuse("'interval' must be longer than 0s.", "Soak.Interval");
            }
            else if (soak.Duration > TimeSpan.Zero && soak.Interval > soak.Duration)
            {
                context.Refuse(
                    $"'interval' ({Duration.Text(soak.Interval)}) is longer than the soak itself ({Duration.Text(soak.Duration)}), so nothing is asked. Shorten it.",
                    "Soak.Interval", "Soak.Duration");
            }
        });
        RuleFor(x => x.Retries).SetValidator(new RetrySettingsValidator());
        RuleFor(x => x.RestoreRetries).SetValidator(new RetrySettingsValidator());
        RuleFor(x => x).Custom((settings, context) => DeadlinesGrow(settings, context));
        RuleFor(x => x.Deadlines.Turn).IsPositive("turn");
        RuleFor(x => x.AttentionInterval).IsPositive("attentionInterval");
    }

    private static void WavesFit(RolloutSettings settings, StagePlace place, ValidationContext<RolloutSettings> context)
    {
        // Without a target, what is misspelt is still found.
        var replicas = place.Instance(settings.To)?.Replicas.Count is { } count and > 0 ? count : (int?)null;
        WavePlan.TryLay(settings, replicas, (path, text) => context.Refuse(text, path, "Waves", "MaxUnavailable", "To"));
    }

    private static void DeadlinesGrow(RolloutSettings settings, ValidationContext<RolloutSettings> context)
    {
        var deadlines = settings.Deadlines;
        var start = settings.Verification.StartTimeout;
        if (start >= deadlines.Answer)
        {
            context.Refuse(
                $"the deadline 'answer' ({Duration.Text(deadlines.Answer)}) must be longer than 'startTimeout' ({Duration.Text(start)}). Raise deadlines.answer.",
                "Deadlines.Answer", "Verification.StartTimeout");
        }

        if (deadlines.Answer >= deadlines.Wave)
        {
            context.Refuse(
                $"the deadline 'wave' ({Duration.Text(deadlines.Wave)}) must be longer than 'answer' ({Duration.Text(deadlines.Answer)}). Raise deadlines.wave.",
                "Deadlines.Wave", "Deadlines.Answer");
        }
        else if (settings.Soak.Duration + deadlines.Answer > deadlines.Wave)
        {
            context.Refuse(
                $"the deadline 'wave' ({Duration.Text(deadlines.Wave)}) leaves no room for 'answer' and soak together ({Duration.Text(deadlines.Answer + settings.Soak.Duration)}). Raise deadlines.wave.",
                "Deadlines.Wave", "Soak.Duration", "Deadlines.Answer");
        }

        if (deadlines.Wave >= deadlines.Stage)
        {
            context.Refuse(
                $"the deadline 'stage' ({Duration.Text(deadlines.Stage)}) must be longer than 'wave' ({Duration.Text(deadlines.Wave)}). Raise deadlines.stage.",
                "Deadlines.Stage", "Deadlines.Wave");
        }
    }
}
