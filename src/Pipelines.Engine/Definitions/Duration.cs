using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pipelines.Engine.Definitions;

/// <summary>Durations as people write them: <c>250ms</c>, <c>30s</c>, <c>5m</c>, <c>1h30m</c>, <c>2d</c>; units from the largest to the smallest.</summary>
public static partial class Duration
{
    // The lookahead keeps the empty text out; JSON Schema uses the very same pattern.
    internal const string Pattern = @"^(?=[0-9])([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$";

    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (!Whole().IsMatch(text))
        {
            return false;
        }

        foreach (Match part in Part().Matches(text))
        {
            var number = int.Parse(part.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            // 999 999 999 days do not fit: the largest TimeSpan has 10 675 199.
            if (number > (TimeSpan.MaxValue - duration) / LengthOf(part.Groups["unit"].Value))
            {
                return false;
            }

            duration += LengthOf(part.Groups["unit"].Value) * number;
        }

        return true;
    }

    /// <summary>It is written like a duration, though it may be longer than any.</summary>
    internal static bool IsWellFormed(string text) => Whole().IsMatch(text);

    public static string Text(TimeSpan duration)
    {
        if (duration <= TimeSpan.Zero)
        {
            return "0s";
        }

        var text = new StringBuilder();
        foreach (var (unit, length) in Units)
        {
            var number = duration.Ticks / length.Ticks;
            duration -= length * number;
            if (number > 0)
            {
                text.Append(number).Append(unit);
            }
        }

        return text.ToString();
    }

    private static TimeSpan LengthOf(string unit) => Array.Find(Units, x => x.Unit == unit).Length;

    [GeneratedRegex(@"^(?=[0-9])([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Whole();

    [GeneratedRegex(@"(?<number>[0-9]+)(?<unit>ms|[dhms])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Part();
}
