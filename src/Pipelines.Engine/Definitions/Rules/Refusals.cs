using System.Text.RegularExpressions;
using FluentValidation;
using FluentValidation.Results;

namespace Pipelines.Engine.Definitions.Rules;

/// <summary>How rules speak here: a sentence with the cure, and the settings it is about, so that it can be shown at the line that was written.</summary>
internal static partial class Refusals
{
    /// <summary>The first path that stands in the file is shown; when one of them could not be read at all, the refusal is dropped as a mere consequence.</summary>
    public static void Refuse<T>(this ValidationContext<T> context, string text, params string[] paths)
    {
        var full = Array.ConvertAll(paths, context.PropertyChain.BuildPropertyPath);
        context.AddFailure(new ValidationFailure(full[0], text) { CustomState = full });
    }

    /// <summary>The value is asked for a sentence against it; null is none.</summary>
    public static void Says<T, TValue>(this IRuleBuilder<T, TValue> rule, Func<TValue, string?> sentence) =>
        rule.Custom((value, context) =>
        {
            if (sentence(value) is { } text)
            {
                context.AddFailure(new ValidationFailure(context.PropertyPath, text));
            }
        });

    public static void IsPositive<T>(this IRuleBuilder<T, TimeSpan> rule, string key) =>
        rule.Says(x => x <= TimeSpan.Zero ? $"'{key}' must be longer than 0s." : null);

    public static void IsName<T>(this IRuleBuilder<T, string> rule, string key) => rule.Says(x => WhyNoName(key, x));

    public const string NamePattern = "^[a-z0-9-]{1,63}$";

    public static string? WhyNoName(string key, string name) =>
        Name().IsMatch(name) ? null
        : name.Length > 63 ? $"{key} has at most 63 letters, and this one has {name.Length}. Shorten it."
        : $"{key} is made of small letters, digits and hyphens.{Suggestion(name)}";

    private static string Suggestion(string name)
    {
        var cured = NoName().Replace(name.ToLowerInvariant(), "-").Trim('-');
        return Name().IsMatch(cured) ? $" Write '{cured}'." : "";
    }

    [GeneratedRegex(@"^[a-z0-9-]{1,63}\z", RegexOptions.None, 1000)]
    private static partial Regex Name();

    [GeneratedRegex("[^a-z0-9-]+", RegexOptions.None, 1000)]
    private static partial Regex NoName();
}
