using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>Whether what was brought to the snapshot still runs it: looked at before a wave is followed by the next, and before the end.</summary>
internal static class LookingBack
{
    /// <summary>Looking at every replica after every wave grows with their square: where there are more, it is done once, at the end.</summary>
    private const int EveryWaveUpTo = 50;

    public static bool LooksBack(this BehaviorContext<RolloutState> context) => context.IsLastWave() || context.Saga.Replicas <= EveryWaveUpTo;

    public static EventActivityBinder<RolloutState, ReplicaDeployed> AskWhatRunsNow(
        this EventActivityBinder<RolloutState, ReplicaDeployed> binder, Schedule<RolloutState, RolloutWaitOver> timer) =>
        binder
            .Then(x => x.Saga.Attempt++)
            .Publish(x => new SurveyTarget(
                x.Saga.CorrelationId, x.Saga.PromotionId, x.Saga.Settings.To, x.Saga.Brought(), x.Saga.Attempt, x.Now() + TurningBack.SurveyWithin))
            .WaitUntil(timer, (_, now) => now + TurningBack.SurveyWithin + Waiting.Grace, RolloutSteps.Wake);

    public static bool AllTouchedRun(this BehaviorContext<RolloutState, TargetSurveyed> context) =>
        // Nobody who was left out of the answer counts as running.
        context.Message.Replicas.Count >= context.Saga.Brought() && !context.NotRunning().Any();

    public static string WhatDoesNotRun(this BehaviorContext<RolloutState, TargetSurveyed> context) =>
        context.Message.Replicas.Count < context.Saga.Brought()
            ? $"What {context.Saga.Brought() - context.Message.Replicas.Count} of the replicas of '{context.Saga.Settings.To}' run was not said."
            : string.Join(' ', context.NotRunning().Select(replica => replica switch
            {
                { Problem: { } problem } => problem,
                { Revision: { Length: >= 8 } revision } => $"'{replica.Replica}' had the snapshot and now holds {revision[..8]}: somebody else deployed to it. Find out who, then start the promotion again.",
                _ => $"'{replica.Replica}' had the snapshot and does not say what it runs now.",
            }));

    /// <summary>The replicas of the waves so far; after a retry more than those have been touched before, and their turn is still to come.</summary>
    private static int Brought(this RolloutState saga) => saga.Plan().Sizes.Take(saga.Wave + 1).Sum();

    private static IEnumerable<ReplicaRuns> NotRunning(this BehaviorContext<RolloutState, TargetSurveyed> context) =>
        context.Message.Replicas
            .Take(context.Saga.Brought())
            .Where(replica => replica.Problem is not null || !string.Equals(replica.Revision, context.Saga.SnapshotDigest, StringComparison.Ordinal));
}
