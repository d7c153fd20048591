using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Engine.Definitions.Yaml;

namespace Pipelines.Engine.Definitions.Binding;

/// <summary>Single values. YAML guesses types (<c>01</c> is 1, <c>yes</c> is true); here the setting says what it is, and a guess is refused.</summary>
internal static partial class Values
{
    /// <summary>The value, or null and the sentence against it.</summary>
    public static object? Read(Type type, YamlText text, string key, out string why)
    {
        why = "";
        if (type == typeof(string))
        {
            return Text(text, key, out why);
        }

        if (type == typeof(SecretReference))
        {
            return Reference(text, key, out why);
        }

        if (type == typeof(Uri))
        {
            return Url(text, key, out why);
        }

        if (type == typeof(bool))
        {
            why = $"{key} is true or false, without quotes, not '{text.Value}'.{Meant(text.Value)}";
            return text is { Plain: true, Value: "true" } ? true : text is { Plain: true, Value: "false" } ? false : null;
        }

        if (type == typeof(int))
        {
            return Whole(text, key, out why);
        }

        if (type == typeof(TimeSpan))
        {
            return Time(text, key, out why);
        }

        return Word(type, text, key, out why);
    }

    private static string? Text(YamlText text, string key, out string why)
    {
        // A number is taken as it is written, since names and sizes of waves may be numbers. A truth has too many spellings for that.
        why = $"{key} is a text, and YAML reads this as true or false. Put it in quotes.";
        return text.Plain && Truth().IsMatch(text.Value) ? null : text.Value;
    }

    private static SecretReference? Reference(YamlText text, string key, out string why)
    {
        // The value is never repeated: it is most likely the secret.
        why = text.Value.StartsWith("${", StringComparison.Ordinal)
            ? $"{key} is no secret reference that can be read. Write \"${{env:NAME}}\", or \"${{file:/path}}\" with the whole path."
            : $"{key} is a secret in clear. Put it into an environment variable or a file, and write \"${{env:NAME}}\" or \"${{file:/path}}\".";
        return SecretReference.TryParse(text.Value, out var reference) ? reference : null;
    }

    private static Uri? Url(YamlText text, string key, out string why)
    {
        why = $"{key} is a whole URL with http or https, such as http://plant-a-0:1880/admin.";
        return Uri.TryCreate(text.Value, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.Host.Length > 0
            && !text.Value.Any(char.IsWhiteSpace)
            ? url
            : null;
    }

    private static int? Whole(YamlText text, string key, out string why)
    {
        why = !text.Plain ? $"{key} is a number, without quotes."
            : LeadingZeros().IsMatch(text.Value) ? $"{key} has a leading zero. Write {text.Value.TrimStart('0').PadLeft(1, '0')}."
            : PlainWhole().IsMatch(text.Value) ? $"{key} is too large a number. Write a smaller one."
            : $"{key} is a whole number such as 3, not '{text.Value}'.";
        return text.Plain && PlainWhole().IsMatch(text.Value) && int.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static TimeSpan? Time(YamlText text, string key, out string why)
    {
        why = PlainWhole().IsMatch(text.Value)
            ? $"{key} is a duration and needs a unit. Write {text.Value.TrimStart('-')}s, {text.Value.TrimStart('-')}ms or {text.Value.TrimStart('-')}m."
            : $"{key} is a duration such as 250ms, 30s, 5m or 1h30m, not '{text.Value}'.";
        if (Duration.IsWellFormed(text.Value))
        {
            why = $"{key} is at most 365d, not {text.Value}.";
        }

        return Duration.TryParse(text.Value, out var duration) && duration <= TimeSpan.FromDays(365) ? duration : null;
    }

    private static object? Word(Type type, YamlText text, string key, out string why)
    {
        var words = Words(type);
        why = $"{key} is one of {string.Join(", ", words)}, not '{text.Value}'.{NearestWord.Hint(text.Value, words)}";
        var index = words.IndexOf(text.Value);
        return index < 0 ? null : Enum.GetValues(type).GetValue(index);
    }

    public static List<string> Words(Type type) => [.. Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)];

    private static string Meant(string text) => text.ToUpperInvariant() switch
    {
        "YES" or "ON" or "Y" or "TRUE" => " Write true.",
        "NO" or "OFF" or "N" or "FALSE" => " Write false.",
        _ => "",
    };

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PlainWhole();

    [GeneratedRegex(@"^0[0-9]+\z", RegexOptions.None, 1000)]
    private static partial Regex LeadingZeros();

    [GeneratedRegex(@"^(true|false|yes|no|on|off)\z", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Truth();
}
