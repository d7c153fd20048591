using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Admin;

/// <summary>Finds out whether a replica truly runs its flows. A 200 and a revision prove nothing: nodes have to answer.</summary>
public sealed partial class ReplicaVerifier(AdminClient client, TimeProvider? time = null, ILogger<ReplicaVerifier>? log = null)
{
    private const int NodesNamed = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(320);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ILogger _log = log ?? NullLogger<ReplicaVerifier>.Instance;

    /// <summary>Looks until all is well or the start time-out is over; then the last answer stands.</summary>
    public async Task<VerifyAnswer> VerifyAsync(VerifyOrder order, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        using var span = NodeRedTelemetry.Source.StartActivity("nodered.verify", ActivityKind.Client);
        span?.SetTag("nodered.name", client.Name).SetTag("nodered.digest", order.Flows.Digest.ToString());
        var started = _time.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            var answer = await VerifyOnceAsync(order, cancellationToken);
            // Other flows do not turn into ours by waiting.
            if (answer is VerifyAnswer.Verified or VerifyAnswer.Foreign || _time.GetElapsedTime(started) >= order.StartTimeout)
            {
                span?.SetTag("nodered.verify.answer", answer.GetType().Name);
                LogVerified(client.Name, order.Flows.Digest.Short, answer.GetType().Name, _time.GetElapsedTime(started).TotalMilliseconds);
                return answer;
            }
            await Task.Delay(pause, _time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Looks once; for soaking.</summary>
    public async Task<VerifyAnswer> VerifyOnceAsync(VerifyOrder order, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        var flows = order.Flows;
        var present = await client.ReadFlowsAsync(cancellationToken);
        if (present is not Reading<RawFlows>.Read { Value.Digest: var found })
        {
            return new VerifyAnswer.Silent(present.Trouble!);
        }
        if (found != flows.Digest)
        {
            return new VerifyAnswer.Foreign($"'{client.Name}' holds {found.Short} instead of {flows.Digest.Short}. Find out who deployed to it.", found);
        }
        var state = await client.ReadStateAsync(cancellationToken);
        if (state is not Reading<FlowState>.Read { Value: var word })
        {
            return new VerifyAnswer.Silent(state.Trouble!);
        }
        if (word != FlowState.Start)
        {
            return new VerifyAnswer.NotRunning(
                $"'{client.Name}' holds {flows.Digest.Short}, but the state of its flows is '{word.ToString().ToLowerInvariant()}'. A node that does not close holds it up, or somebody stopped the flows: look at the log of {client.Name}.", []);
        }
        var sample = ProbeSample.Of(flows, order.SampleSize, order.KnownInactive);
        var probe = await client.ProbeAsync(sample.Ids, cancellationToken);
        if (probe is not Reading<ProbeOutcome>.Read { Value: var outcome })
        {
            return new VerifyAnswer.Silent(probe.Trouble!);
        }
        if (outcome.Inactive.Count > 0)
        {
            return new VerifyAnswer.NotRunning(NotRunningReason(flows, outcome), outcome.Inactive);
        }
        foreach (var check in order.Checks)
        {
            if (await HttpChecker.AskAsync(client.Http, client.Endpoint, check, _time, cancellationToken) is { } reason)
            {
                return new VerifyAnswer.CheckFailed(reason, check);
            }
        }
        return new VerifyAnswer.Verified(outcome.Active.Count, order.Checks.Count);
    }

    private string NotRunningReason(FlowSet flows, ProbeOutcome outcome)
    {
        var named = string.Join(", ", outcome.Inactive.Take(NodesNamed).Select(id => flows.Find(id)?.ToString() ?? id));
        var more = outcome.Inactive.Count > NodesNamed ? $" and {outcome.Inactive.Count - NodesNamed} more" : "";
        return outcome.Active.Count == 0
            ? $"'{client.Name}' holds {flows.Digest.Short} but runs none of its nodes ({named}{more}). A node type or an npm module is missing: look at the log of {client.Name} for what it waits for."
            : $"'{client.Name}' holds {flows.Digest.Short} but does not run {named}{more}. Look at the log of {client.Name} for the error of the node.";
    }

    [LoggerMessage(2003, LogLevel.Information, "Verification of {Digest} on '{Name}': {Answer} after {Milliseconds:0} ms")]
    private partial void LogVerified(string name, string digest, string answer, double milliseconds);
}
