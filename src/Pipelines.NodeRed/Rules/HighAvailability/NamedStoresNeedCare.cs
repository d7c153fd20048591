using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class NamedStoresNeedCare : HaRule
{
    public override string Id => "HA021";

    public override string Title => "a value is kept in a named context store";

    public override Severity Severity => Severity.Info;

    public override string LooksAt => "The store that function code, typed properties and templates name.";

    public override string Why => "Whether replicas share it is decided in the settings of each replica. A file store is not shared, and the same store over a network is cached by each.";

    public override string Cure => "Find out what the store is on the replicas.";

    public override IReadOnlyList<string> Related => ["HA020"];

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        from access in live.ContextUse.Accesses
        where access.Store is { Length: > 0 } and not "default"
        group access by (access.Node.Index, access.Store) into same
        orderby same.Key.Index
        let first = same.First()
        select On(live, first.Node, $"uses the context store '{first.Store}'.", first.Property) with { Line = first.Line, Column = first.Column };
}
