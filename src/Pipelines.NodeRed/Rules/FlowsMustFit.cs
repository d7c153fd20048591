using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules;

internal sealed class FlowsMustFit : Rule
{
    // Node-RED's own default, for replicas that do not tell.
    private const long DefaultLimit = 5L * 1024 * 1024;
    private const double Margin = 0.9;

    public override string Id => "NR006";

    public override string Title => "the flows are too large for a replica";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "The size of the deploy, and apiMaxLength of each replica.";

    public override string Why => "The replica answers 413 and takes nothing.";

    public override string Cure => "Raise apiMaxLength in the settings of every replica, or take large data out of the flows.";

    public override IEnumerable<Finding> Check(RuleContext context)
    {
        foreach (var replica in context.Replicas)
        {
            // Any digest will do: they are all of one length.
            var size = new DeployBody(context.Flows.Raw, context.Flows.Digest, context.Credentials.For(context.Flows)).Length;
            var limit = replica.ApiMaxLength ?? DefaultLimit;
            var whose = replica.ApiMaxLength is null ? $"'{replica.Name}' does not tell its limit; Node-RED's default is" : $"'{replica.Name}' takes";
            if (size > limit)
            {
                yield return About($"The deploy is {size} bytes and {whose} {limit}.", replica.ApiMaxLength is null ? Severity.Warning : Severity.Error, replica.Name);
            }
            else if (size > limit * Margin)
            {
                yield return About($"The deploy is {size} bytes, close to what is allowed: {whose} {limit}.", Severity.Warning, replica.Name);
            }
        }
    }
}
