using System.Text.Json;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class SchedulesMustRunOnce : HaRule
{
    public override string Id => "HA010";

    public override string Title => "a schedule runs on every replica";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "repeat and crontab of inject; nodes of scheduler modules (cronplus, bigtimer, schedex, eztimer and others).";

    public override string Why => "Every replica has its own clock: what should happen once an hour happens once an hour on each of them.";

    public override string Cure => "Let something outside trigger it (a scheduler that calls an http in, a message to a shared subscription), or let only one replica act.";

    public override IReadOnlyList<string> Related => ["HA011", "HA012"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        foreach (var inject in live.OfType("inject"))
        {
            if (Schedules.Of(inject) is { } property)
            {
                yield return On(live, inject, property == "repeat" ? $"sends every {inject.Properties["repeat"]} s, on every replica." : $"sends at {inject.Text("crontab")}, on every replica.", property);
            }
        }
        foreach (var node in live.Types.Where(Schedules.Types.Contains).SelectMany(type => live.OfType(type)))
        {
            // An empty list of cronplus is filled by messages.
            if (!(node.TryGet("options", out var options) && options is { ValueKind: JsonValueKind.Array } && options.GetArrayLength() == 0))
            {
                yield return On(live, node, $"is a {node.Type}: it acts by the clock of every replica.", "type");
            }
        }
    }
}
