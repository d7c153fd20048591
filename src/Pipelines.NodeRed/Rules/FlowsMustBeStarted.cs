using Pipelines.NodeRed.Admin;

namespace Pipelines.NodeRed.Rules;

internal sealed class FlowsMustBeStarted : Rule
{
    public override string Id => "NR008";

    public override string Title => "a replica's flows are not started";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "The state of the flows on each replica.";

    public override string Why => "A replica that was stopped stores a deploy and stays stopped; one in safe mode was put there by somebody who is still looking.";

    public override string Cure => "Start its flows (POST flows/state, or restart it without --safe), then start the promotion again.";

    public override IEnumerable<Finding> Check(RuleContext context) =>
        context.Replicas
            .Where(replica => replica.State is not (null or FlowState.Start))
            .Select(replica => About($"The state of the flows of '{replica.Name}' is '{replica.State!.ToString()!.ToLowerInvariant()}', not 'start'.", replica: replica.Name));
}
