using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Promotions;

/// <summary>
/// The conductor: starts one stage after the other and knows of them only their words: succeeded, failed, cancelled, needs attention.
/// Every promotion reaches exactly one end (I3), and nothing leaves an end (I9).
/// </summary>
public sealed class PromotionStateMachine : MassTransitStateMachine<PromotionState>
{
    public PromotionStateMachine()
    {
        InstanceState(x => x.CurrentState);
        Event(() => Accepted, x => x.CorrelateById(m => m.Message.PromotionId));
        Event(() => StageSucceeded, x => x.CorrelateById(m => m.Message.PromotionId));
        Event(() => StageFailed, x => x.CorrelateById(m => m.Message.PromotionId));
        Event(() => StageCancelled, x => x.CorrelateById(m => m.Message.PromotionId));
        Event(() => StageNeedsAttention, x => x.CorrelateById(m => m.Message.PromotionId));
        Event(() => Abort, x => x.CorrelateById(m => m.Message.PromotionId));
        Event(() => Supersede, x => x.CorrelateById(m => m.Message.PromotionId));
        Event(() => Retry, x => x.CorrelateById(m => m.Message.PromotionId));
        Schedule(() => WaitOver, x => x.WaitToken, x => x.Received = r => r.CorrelateById(m => m.Message.PromotionId));

        Initially(
            When(Accepted)
                .ReadTheDefinition()
                .StartStage(WaitOver)
                .TransitionTo(Running),
            // Somebody was quicker with abort than we with the first stage.
            When(Abort)
                .ReadTheDefinition()
                .RememberTheAbort()
                .End(PromotionOutcome.Aborted)
                .TransitionTo(Aborted),
            When(Supersede)
                .ReadTheDefinition()
                .RememberTheWinner()
                .End(PromotionOutcome.Superseded)
                .TransitionTo(Superseded));

        // A call for people that is delivered late must not swallow what the stage has achieved since.
        During(Running, NeedsAttention,
            When(StageSucceeded, x => x.IsMine(x.Message.StageId) && !x.IsLastStage())
                .RememberTheSnapshot()
                .NextStage()
                .StartStage(WaitOver)
                .TransitionTo(Running),
            When(Supersede)
                .RememberTheWinner()
                .CancelTheStage(WaitOver, "Superseding")
                .TransitionTo(Superseding));

        During(Running,
            // Nothing was touched by us any more when the abort came too late to stop a stage: the next one does not begin.
            When(Abort)
                .RememberTheAbort()
                .CancelTheStage(WaitOver)
                .TransitionTo(Aborting),
            // A start that got lost is sent again: a stage that has begun ignores it.
            When(WaitOver.Received, x => x.Message.Wait == x.Saga.Wait)
                .StartStageAgain(WaitOver),
            Ignore(Retry));

        During(Aborting,
            When(StageSucceeded, x => x.IsMine(x.Message.StageId) && !x.IsLastStage())
                .RememberTheSnapshot()
                .StopWaiting(WaitOver)
                .End(PromotionOutcome.Aborted)
                .TransitionTo(Aborted),
            // The word may have overtaken the start of the stage: it is repeated until the stage answers.
            When(WaitOver.Received, x => x.Message.Wait == x.Saga.Wait)
                .CancelTheStageAgain(WaitOver),
            // Whoever asked for the abort has the last word.
            Ignore(Abort), Ignore(Retry), Ignore(Supersede));

        During(Superseding,
            When(StageSucceeded, x => x.IsMine(x.Message.StageId) && !x.IsLastStage())
                .RememberTheSnapshot()
                .StopWaiting(WaitOver)
                .End(PromotionOutcome.Superseded)
                .TransitionTo(Superseded),
            When(StageCancelled, x => x.IsMine(x.Message.StageId))
                .StopWaiting(WaitOver)
                .End(PromotionOutcome.Superseded)
                .TransitionTo(Superseded),
            When(WaitOver.Received, x => x.Message.Wait == x.Saga.Wait)
                .CancelTheStageAgain(WaitOver),
            // It ends anyway.
            Ignore(Abort), Ignore(Retry), Ignore(Supersede));

        During(NeedsAttention,
            When(Retry)
                .RetryTheStage(WaitOver)
                .TransitionTo(Running),
            When(Abort)
                .RememberTheAbort()
                .CancelTheStage(WaitOver)
                .TransitionTo(Aborting),
            When(WaitOver.Received, x => x.Message.Wait == x.Saga.Wait)
                .WaitForPeople(WaitOver));

        During([Running, Aborting, NeedsAttention],
            When(StageCancelled, x => x.IsMine(x.Message.StageId))
                .RememberWhy(x => x.Reason)
                .StopWaiting(WaitOver)
                .End(PromotionOutcome.Aborted)
                .TransitionTo(Aborted));

        During([Running, Aborting, Superseding, NeedsAttention],
            // The last stage has done its work: that is the truth, also when an abort came too late.
            When(StageSucceeded, x => x.IsMine(x.Message.StageId) && x.IsLastStage())
                .RememberTheSnapshot()
                .StopWaiting(WaitOver)
                .End(PromotionOutcome.Succeeded)
                .TransitionTo(Succeeded),
            When(StageFailed, x => x.IsMine(x.Message.StageId) && !x.Message.Restored)
                .RememberWhy(x => x.Reason)
                .StopWaiting(WaitOver)
                .End(PromotionOutcome.Failed)
                .TransitionTo(Failed),
            When(StageFailed, x => x.IsMine(x.Message.StageId) && x.Message.Restored)
                .RememberWhy(x => x.Reason)
                .StopWaiting(WaitOver)
                .End(PromotionOutcome.RolledBack)
                .TransitionTo(RolledBack),
            When(StageNeedsAttention, x => x.IsMine(x.Message.StageId))
                .CallPeople()
                .WaitForPeople(WaitOver)
                .TransitionTo(NeedsAttention),
            Ignore(Accepted));

        During([Succeeded, Failed, RolledBack, Aborted, Superseded],
            Ignore(Supersede), Ignore(Accepted), Ignore(StageSucceeded), Ignore(StageFailed), Ignore(StageCancelled), Ignore(StageNeedsAttention), Ignore(Abort), Ignore(Retry),
            Ignore(WaitOver.Received));
    }

    public State Running { get; private set; } = null!;

    public State Aborting { get; private set; } = null!;

    public State Superseding { get; private set; } = null!;

    public State NeedsAttention { get; private set; } = null!;

    public State Succeeded { get; private set; } = null!;

    public State Failed { get; private set; } = null!;

    public State RolledBack { get; private set; } = null!;

    public State Aborted { get; private set; } = null!;

    public State Superseded { get; private set; } = null!;

    public Event<PromotionAccepted> Accepted { get; private set; } = null!;

    public Event<StageSucceeded> StageSucceeded { get; private set; } = null!;

    public Event<StageFailed> StageFailed { get; private set; } = null!;

    public Event<StageCancelled> StageCancelled { get; private set; } = null!;

    public Event<StageNeedsAttention> StageNeedsAttention { get; private set; } = null!;

    public Event<AbortPromotion> Abort { get; private set; } = null!;

    public Event<SupersedePromotion> Supersede { get; private set; } = null!;

    public Event<RetryPromotion> Retry { get; private set; } = null!;

    public Schedule<PromotionState, PromotionWaitOver> WaitOver { get; private set; } = null!;
}
