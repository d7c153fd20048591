using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class LocalEventsAreLocal : HaRule
{
    public override string Id => "HA041";

    public override string Title => "events of one disk";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "watch and tail.";

    public override string Why => "A replica sees only what happens on its own disk; on a shared one every replica sees everything.";

    public override string Cure => "Let whoever writes the file send a message instead.";

    public override IReadOnlyList<string> Related => ["HA040"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        live.OfType("watch", "tail").Select(node => On(live, node, "watches files of one replica.", node.Type == "watch" ? "files" : "filename"));
}
