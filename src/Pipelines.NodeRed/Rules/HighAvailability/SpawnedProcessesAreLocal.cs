using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class SpawnedProcessesAreLocal : HaRule
{
    public override string Id => "HA046";

    public override string Title => "a process that lives on one replica";

    public override Severity Severity => Severity.Info;

    public override string LooksAt => "useSpawn of exec.";

    public override string Why => "The process belongs to its replica: another replica can neither feed nor stop it.";

    public override string Cure => "Run it as a service of its own when several messages talk to it.";

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        live.OfType("exec").Where(node => Loose.IsTrue(node, "useSpawn")).Select(node => On(live, node, "starts a process on its replica and keeps it.", "useSpawn"));
}
