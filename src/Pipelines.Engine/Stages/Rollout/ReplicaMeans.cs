using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Instances;
using Pipelines.Engine.Promotions;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using AdminCheck = Pipelines.NodeRed.Admin.HttpCheck;
using AdminDeployType = Pipelines.NodeRed.Admin.DeployType;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>Everything a question about one replica needs: whom to ask, with which flows and which credentials.</summary>
public sealed class ReplicaMeans(IPinnedDefinitions definitions, InstanceClients instances, FlowSets flowSets)
{
    public async Task<(InstanceDefinition Target, ReplicaDefinition Replica)> FindAsync(ReplicaInRollout which, CancellationToken cancellationToken)
    {
        var target = (await definitions.OfAsync(which.PromotionId, cancellationToken)).Instance(which.Target);
        return (target, target.Replica(which.Replica));
    }

    public async Task<AdminClient> ClientAsync(ReplicaInRollout which, CancellationToken cancellationToken)
    {
        var (target, replica) = await FindAsync(which, cancellationToken);
        return instances.Replica(target, replica);
    }

    public async Task<ReplicaVerifier> VerifierAsync(ReplicaInRollout which, bool patient, CancellationToken cancellationToken)
    {
        var (target, replica) = await FindAsync(which, cancellationToken);
        return instances.Verifier(target, replica, patient);
    }

    /// <summary>The credentials that the engine holds for the nodes of these flows: they are posted with every deploy, so that replicas stay equal.</summary>
    public async Task<CredentialsMap> CredentialsAsync(ReplicaInRollout which, FlowSet flows, CancellationToken cancellationToken)
    {
        var (target, _) = await FindAsync(which, cancellationToken);
        return instances.CredentialsOf(target).For(flows);
    }

    public Task<FlowSet> FlowsAsync(string digest, CancellationToken cancellationToken) => flowSets.GetAsync(digest, cancellationToken);

    public static AdminDeployType TypeOf(Contracts.DeployType type) => type switch
    {
        Contracts.DeployType.Flows => AdminDeployType.Flows,
        Contracts.DeployType.Nodes => AdminDeployType.Nodes,
        _ => AdminDeployType.Full,
    };

    /// <summary>What the pipeline wants verified of the snapshot.</summary>
    public static VerifyOrder OrderFor(FlowSet flows, VerificationSettings settings) => new(flows)
    {
        StartTimeout = settings.StartTimeout,
        SampleSize = settings.ProbeSample,
        Checks = [.. settings.Checks.Select(check => new AdminCheck
        {
            Path = check.Path,
            ExpectedStatus = check.Status,
            BodyContains = check.BodyContains,
            JsonPointer = check.JsonPointer,
            JsonEquals = check.JsonEquals,
            Timeout = check.Timeout,
        })],
    };
}
