using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>How many replicas: a number, a percentage of all, or the rest.</summary>
internal sealed partial record WaveSize(int Number, int Percent)
{
    internal const string Pattern = "^([1-9][0-9]{0,8}|([1-9][0-9]?|100)%|rest)$";

    public bool IsRest => Number == 0 && Percent == 0;

    public int Of(int replicas) => Percent > 0 ? Math.Max(1, (int)((long)replicas * Percent / 100)) : Number;

    public static WaveSize? Parse(string text) => Written().IsMatch(text)
        ? text switch
        {
            "rest" => new WaveSize(0, 0),
            [.. var percent, '%'] => new WaveSize(0, Whole(percent)),
            _ => new WaveSize(Whole(text), 0),
        }
        : null;

    private static int Whole(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^([1-9][0-9]{0,8}|([1-9][0-9]?|100)%|rest)\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Written();
}
