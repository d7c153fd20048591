using Pipelines.NodeRed.Rules.Reading;
using Pipelines.NodeRed.Rules.Scripts;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class ContextMustNotBeShared : HaRule
{
    public override string Id => "HA020";

    public override string Title => "a value is kept in the memory of one replica";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "flow, global and node context: in function code (through aliases too), change and switch rules, inject and other typed properties, JSONata ($flowContext, $globalContext) and mustache ({{flow.x}}). Values that are only set at the start are left alone.";

    public override string Why => "Replicas do not share context, and each sees only its own messages: a counter counts a part, and what one replica stored another never finds. A persistent store does not help, since each replica caches it.";

    public override string Cure => "Keep the value outside: in a database, in a retained message, or in the message itself.";

    public override IReadOnlyList<string> Related => ["HA021", "HA030"];

    protected override IEnumerable<Finding> Check(LiveFlows live)
    {
        var use = live.ContextUse;
        // A value that a node reads and writes is said once, where it is written.
        foreach (var same in use.Accesses.GroupBy(access => (access.Node.Index, access.Scope, access.Key)).OrderBy(group => group.Key.Index))
        {
            if (same.FirstOrDefault(access => access.Verb == ContextVerb.Set && !access.AtStart) is { } write)
            {
                yield return At(live, write, $"keeps {What(write)} context of one replica.");
            }
            else if (same.FirstOrDefault(access => access.Verb != ContextVerb.Set) is { } read && WhyRead(use.WritersOf(read), read) is { } why)
            {
                yield return At(live, read, $"reads {What(read)} context, {why.Reason}.", why.Severity);
            }
        }
        foreach (var node in live.OfType("function"))
        {
            foreach (var part in FunctionCode.All)
            {
                if (live.Script(node, part).Trouble is { } trouble)
                {
                    yield return On(live, node, $"could not be looked into: {trouble.Reason.TrimEnd('.')}. Node-RED will not run it either.", part, Severity.Info) with
                    {
                        Line = trouble.Line,
                        Column = trouble.Column,
                        Cure = "Correct the code.",
                    };
                }
            }
        }
    }

    private Finding At(LiveFlows live, ContextAccess access, string reason, Severity? severity = null) =>
        On(live, access.Node, reason, access.Property, severity) with { Line = access.Line, Column = access.Column };

    private static string What(ContextAccess access) =>
        $"{(access.Key is null ? "values" : $"'{access.Key}'")} in the {access.Scope switch { ContextScope.Global => "global", ContextScope.Flow => "flow", _ => "node's own" }}";

    private static (string Reason, Severity Severity)? WhyRead(Writers writers, ContextAccess read) => writers switch
    {
        // Set at the start and never again: the same on every replica.
        Writers.Start => null,
        Writers.None when read.Scope == ContextScope.Global =>
            ("which nothing in these flows writes: right if it comes from functionGlobalContext in the settings of every replica", Severity.Info),
        Writers.None => ("which nothing in these flows writes", Severity.Warning),
        _ => ("which holds what this replica alone has seen", Severity.Warning),
    };
}
