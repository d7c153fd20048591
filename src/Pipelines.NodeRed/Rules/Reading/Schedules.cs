using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules.Reading;

internal static class Schedules
{
    /// <summary>Nodes of well-known modules that act by the clock.</summary>
    public static FrozenSet<string> Types { get; } = new[]
    {
        "cronplus", "bigtimer", "schedex", "eztimer", "light-scheduler", "schedule", "scheduler", "chronos-scheduler", "chronos-repeat", "time-inject",
        "timed-inject", "ui_time_scheduler", "cron", "crontab", "interval", "looptimer", "looptimer-advanced", "suncron", "sunevents", "within-time-switch-timer",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The property of an inject that makes it act by itself, again and again; null for a button.</summary>
    public static string? Of(FlowNode inject)
    {
        if (inject.TryGet("repeat", out var repeat) && Seconds(repeat) > 0)
        {
            return "repeat";
        }
        return inject.Text("crontab") is { } crontab && !string.IsNullOrWhiteSpace(crontab) && !EnvironmentReader.IsReference(crontab) ? "crontab" : null;
    }

    /// <summary>As Node-RED decides it: a number above zero, written as text or not.</summary>
    private static double Seconds(JsonElement repeat) => repeat.ValueKind switch
    {
        JsonValueKind.Number => repeat.TryGetDouble(out var number) ? number : 0,
        JsonValueKind.String => double.TryParse(repeat.SafeText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0,
        _ => 0,
    };
}
