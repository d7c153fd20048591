using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class PollersAreDoubled : HaRule
{
    public override string Id => "HA047";

    public override string Title => "every replica polls the same source";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "e-mail in, feedparse, telegram receiver, twitter in.";

    public override string Why => "Every replica fetches the same mails, entries and messages; with some services the replicas lock each other out.";

    public override string Cure => "Let one job outside the replicas fetch them and hand them to a shared subscription.";

    public override IReadOnlyList<string> Related => ["HA010"];

    private static readonly string[] Types = ["e-mail in", "feedparse", "telegram receiver", "telegram command", "telegram event", "twitter in"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        Types.SelectMany(type => live.OfType(type))
            .Where(node => !(node.Type == "e-mail in" && node.Text("fetch") == "trigger"))
            .Select(node => On(live, node, $"is a {node.Type}: every replica fetches the same.", "type"));
}
