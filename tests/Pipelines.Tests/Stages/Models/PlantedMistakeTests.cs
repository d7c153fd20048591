using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.Engine.Stages.Validate;
using Pipelines.Tests.Engine;

namespace Pipelines.Tests.Stages.Models;

/// <summary>The models find mistakes: each of these, planted in a machine, shows within 20,000 lives.</summary>
[TestFixture]
internal sealed class PlantedMistakeTests
{
    private const int Lives = 20_000;

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Case("The conductor takes the word of another stage for that of the one under way", ConductorLife, new Hearing<PromotionState>((saga, message) => message switch
        {
            StageSucceeded m => m with { StageId = saga.StageId },
            _ => message,
        }));
        yield return Case("A promotion ends twice", ConductorLife, new Doing<PromotionState>((saga, message, bench) =>
        {
            if (message is AbortPromotion && saga.Outcome is not null)
            {
                bench.Journal.PromotionIs(saga.CorrelationId, "Aborted", null, null, ended: true);
            }
        }));
        yield return Case("A snapshot takes an answer to an earlier question", AskingLife(validates: false), new Hearing<SnapshotState>((saga, message) =>
            message is SnapshotTaken m ? m with { Attempt = saga.Attempt } : message));
        yield return Case("A validation takes a late timer for the present one", AskingLife(validates: true), new Hearing<ValidateState>((saga, message) =>
            message is ValidateWaitOver m ? m with { Wait = saga.Wait } : message));
        yield return Case("A replica takes an answer to an earlier question", ReplicaLife, new Hearing<ReplicaState>((saga, message) => message switch
        {
            ReplicaTook m => m with { Attempt = saga.Attempt },
            ReplicaTookBack m => m with { Attempt = saga.Attempt },
            _ => message,
        }));
        yield return Case("A replica follows an order that was overtaken", ReplicaLife, new Hearing<ReplicaState>((saga, message) =>
            message is BringReplica m ? m with { Order = Math.Max(m.Order, saga.Order + 1) } : message));
        yield return Case("A replica pauses without a deadline", ReplicaLife, new Doing<ReplicaState>((saga, _, _) =>
            saga.DeadlineAt = saga.CurrentState == "Pausing" ? null : saga.DeadlineAt));
        yield return Case("A replica turns back while its deploy is out", RolloutLife, new Hearing<ReplicaState>((saga, message) =>
        {
            saga.CurrentState = message is BringBackReplica && saga.CurrentState == "Deploying" ? "Soaking" : saga.CurrentState;
            return message;
        }));
        yield return Case("A replica is restored to what it runs now", RolloutLife, new Doing<ReplicaState>((_, _, bench) =>
        {
            for (var i = 0; i < bench.Sent.Count; i++)
            {
                bench.Sent[i] = bench.Sent[i] is RestoreReplica m ? m with { Before = m.Before with { Revision = Sample.New } } : bench.Sent[i];
            }
        }));
        yield return Case("Touched is not written down", RolloutLife, new Doing<RolloutState>((_, _, bench) => bench.Ledger.Touched.Clear()));
        yield return Case("A rollout takes more replicas out than may be", RolloutLife, new Hearing<RolloutState>((_, message) =>
            message is StartRollout m ? m with { Settings = m.Settings with { Waves = ["100%"], MaxUnavailable = "100%" } } : message));
        yield return Case("A rollout counts an echo of one replica's report for another", RolloutEventsLife, new Hearing<RolloutState>((saga, message) =>
            message is ReplicaDeployed m && saga.Outstanding.Count > 0 ? m with { Index = saga.Outstanding[0], Order = saga.Order } : message));
        yield return Case("A rollout does not let the target go", RolloutLife, new Doing<RolloutState>((saga, _, bench) =>
        {
            if (saga.DeadlineAt is null)
            {
                bench.Locks.TakeAsync("plant", saga.PromotionId, saga.CorrelationId, default).GetAwaiter().GetResult();
            }
        }));
        yield return Case("A rollout takes every timer for the present one", RolloutEventsLife, new Hearing<RolloutState>((saga, message) =>
            message is RolloutWaitOver m ? m with { Wait = saga.Wait } : message));
        foreach (var (name, life) in new (string, Action<Random, Mistake>)[]
        {
            ("conductor", ConductorLife), ("snapshot", AskingLife(validates: false)), ("validation", AskingLife(validates: true)), ("replica", ReplicaLife), ("rollout", RolloutLife),
        })
        {
            yield return Case($"A late timer message without its token takes the timer of the present wait away ({name})", life, new ForgetsItsTimer());
        }

        yield return Case("An abort during a quiet restore forgets who is being restored", AnxiousLife, new ForgetsWhoIsOut());
    }

    [TestCaseSource(nameof(Mistakes))]
    public void It_is_found(Action<Random, object> life, object mistake)
    {
        for (var number = 1; number <= Lives; number++)
        {
            try
            {
                life(new Random(number), mistake);
            }
            catch (Exception found) when (found is not OutOfMemoryException)
            {
                TestContext.Out.WriteLine($"Found in life {number}: {found.Message.Split('\n')[0]}");
                return;
            }
        }

        Assert.Fail($"Nobody noticed in {Lives} lives.");
    }

    private static TestCaseData Case(string name, Action<Random, Mistake> life, Mistake mistake) =>
        new TestCaseData(new Action<Random, object>((random, planted) => life(random, (Mistake)planted)), mistake).SetName(name);

    private static void ConductorLife(Random random, Mistake mistake) => Live(new ConductorModel(random.Next(60), mistake), random);

    private static Action<Random, Mistake> AskingLife(bool validates) => (random, mistake) => Live(new AskingModel(validates, random.Next(60), mistake), random);

    private static void ReplicaLife(Random random, Mistake mistake) => Live(new ReplicaModel(random.Next(60), mistake), random);

    private static void Live(MachineModel model, Random random)
    {
        for (var i = random.Next(80); i > 0; i--)
        {
            model.Step(random.Next(100_000));
        }
    }

    private static void RolloutEventsLife(Random random, Mistake mistake) => Live(new RolloutEvents(random.Next(60), mistake), random);

    private static void RolloutLife(Random random, Mistake mistake) => RolloutLife(
        new RolloutModel.Setup(random.Next(6), random.Next(5), random.Next(3), random.Next(2) == 0, random.Next(2) == 0, random.Next(5) == 0, random.Next(2) == 0),
        random, mistake);

    private static void AnxiousLife(Random random, Mistake mistake) =>
        RolloutLife(new RolloutModel.Setup(2 + random.Next(4), 0, 0, Soak: false, Hold: true, Foreigners: false, Anxious: true), random, mistake);

    private static void RolloutLife(RolloutModel.Setup setup, Random random, Mistake mistake)
    {
        var model = new RolloutModel(setup, mistake);
        for (var i = random.Next(250); i > 0; i--)
        {
            model.Step(random.Next(100_000));
        }

        model.RunToTheEnd();
    }

    private sealed class Hearing<TSaga>(Func<TSaga, object, object> hear) : Mistake
        where TSaga : WaitingSaga
    {
        public override object Hears(WaitingSaga saga, object message) => saga is TSaga mine ? hear(mine, message) : message;
    }

    private sealed class Doing<TSaga>(Action<TSaga, object, Bench> after) : Mistake
        where TSaga : WaitingSaga
    {
        public override void Does(WaitingSaga saga, object message, Guid? timer, object? before, Bench bench)
        {
            if (saga is TSaga mine)
            {
                after(mine, message, bench);
            }
        }
    }

    /// <summary>What MassTransit does by itself, and what <see cref="WaitingSaga.WaitToken"/> prevents.</summary>
    private sealed class ForgetsItsTimer : Mistake
    {
        public override object Looks(WaitingSaga saga) => (saga.WaitToken, saga.Wait);

        public override void Does(WaitingSaga saga, object message, Guid? timer, object? before, Bench bench)
        {
            if (timer is null && message.GetType() == saga.WakeUp().GetType() && before!.Equals((saga.WaitToken, saga.Wait)))
            {
                var deadline = saga.DeadlineAt;
                saga.DeadlineAt = null;
                saga.WaitToken = null;
                saga.DeadlineAt = deadline;
            }
        }
    }

    /// <summary>As if the restore that is under way had succeeded.</summary>
    private sealed class ForgetsWhoIsOut : Mistake
    {
        public override object Hears(WaitingSaga saga, object message)
        {
            if (saga is RolloutState { CurrentState: "Restoring", Quiet: true } rollout && message is CancelStage cancel && cancel.Request > rollout.CancelRequest)
            {
                rollout.MayBeOut = [.. rollout.StillOut().Where(index => index != rollout.RestoringIndex)];
                rollout.RestoringIndex = TurningBack.Nobody;
            }

            return message;
        }
    }
}
