using Pipelines.NodeRed.Rules.Reading;
using Pipelines.NodeRed.Rules.Scripts;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class FunctionsMustNotLoop : HaRule
{
    public override string Id => "HA012";

    public override string Title => "a function keeps its own clock";

    public override Severity Severity => Severity.Warning;

    public override string LooksAt => "setInterval, and setTimeout that starts itself again, in the code of functions.";

    public override string Why => "The loop runs on every replica, like a schedule.";

    public override string Cure => "Let something outside trigger it, or let only one replica act.";

    public override IReadOnlyList<string> Related => ["HA010"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        from node in live.OfType("function")
        from part in FunctionCode.Alive
        from loop in live.Script(node, part).Loops
        select On(live, node, $"starts a loop ({loop.What}), on every replica.", part) with { Line = loop.Line, Column = loop.Column };
}
