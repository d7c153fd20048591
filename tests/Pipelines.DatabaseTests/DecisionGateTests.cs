using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Pipelines.Storage.Outbox;

namespace Pipelines.DatabaseTests;

internal sealed class DecisionGateTests
{
    [Test]
    public async Task As_many_decide_as_there_are_places_and_the_others_in_the_order_in_which_they_came()
    {
        var gate = new DecisionGate(2, new FakeTimeProvider());
        using var first = await gate.EnterAsync(default);
        using var second = await gate.EnterAsync(default);
        var third = gate.EnterAsync(default);
        var fourth = gate.EnterAsync(default);
        Assert.That((third.IsCompleted, fourth.IsCompleted), Is.EqualTo((false, false)));

        second.Dispose();
        using var later = await third;
        Assert.That(fourth.IsCompleted, Is.False);

        first.Dispose();
        (await fourth).Dispose();
    }

    [Test]
    public async Task A_place_is_given_back_once_however_often_it_is_disposed_of()
    {
        var gate = new DecisionGate(1, new FakeTimeProvider());
        var first = await gate.EnterAsync(default);
        var second = gate.EnterAsync(default);
        var third = gate.EnterAsync(default);

        first.Dispose();
        first.Dispose();
        using var place = await second;

        Assert.That(third.IsCompleted, Is.False);
    }

    [Test]
    public async Task Who_answers_takes_a_place_at_once_and_decisions_step_back_for_it()
    {
        var gate = new DecisionGate(2, new FakeTimeProvider());
        using var deciding = await gate.EnterAsync(default);
        var answering = gate.Answer();
        var waits = gate.EnterAsync(default);
        Assert.That(waits.IsCompleted, Is.False);

        answering.Dispose();
        (await waits).Dispose();
    }

    [Test]
    public async Task However_many_answer_one_decides()
    {
        var gate = new DecisionGate(2, new FakeTimeProvider());
        var answering = Enumerable.Range(0, 10).Select(_ => gate.Answer()).ToList();
        var first = await gate.EnterAsync(default);
        var second = gate.EnterAsync(default);
        var third = gate.EnterAsync(default);

        first.Dispose();
        using var place = await second;
        Assert.That(third.IsCompleted, Is.False);

        answering.ForEach(x => x.Dispose());
        (await third).Dispose();
    }

    [Test]
    public async Task Who_gives_up_waiting_takes_no_place_and_is_in_nobodys_way()
    {
        var gate = new DecisionGate(1, new FakeTimeProvider());
        var first = await gate.EnterAsync(default);
        using var enough = new CancellationTokenSource();
        var second = gate.EnterAsync(enough.Token);
        var third = gate.EnterAsync(default);

        await enough.CancelAsync();
        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());

        first.Dispose();
        (await third).Dispose();
        (await gate.EnterAsync(default)).Dispose();
    }

    [Test]
    public async Task Nobody_waits_for_ever_behind_who_waits_for_something_else()
    {
        var clock = new FakeTimeProvider();
        var gate = new DecisionGate(1, clock);
        using var stuck = await gate.EnterAsync(default);
        var second = gate.EnterAsync(default);

        clock.Advance(DecisionGate.Patience);

        var place = await second;
        var third = gate.EnterAsync(default);
        place.Dispose();
        Assert.That(third.IsCompleted, Is.False, "a place too many is not there for the next one");
    }

    [Test]
    public async Task Whatever_comes_and_goes_at_once_none_is_lost_and_none_too_many()
    {
        var gate = new DecisionGate(3, new FakeTimeProvider());
        var (deciding, most, done) = (0, 0, 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, 2_000), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            if (i % 5 == 0)
            {
                using var answer = gate.Answer();
                await Task.Yield();
                return;
            }

            using var enough = new CancellationTokenSource();
            var entering = gate.EnterAsync(enough.Token);
            if (i % 7 == 0)
            {
                await enough.CancelAsync();
            }

            try
            {
                using var place = await entering;
                InterlockedMax(ref most, Interlocked.Increment(ref deciding));
                await Task.Yield();
                Interlocked.Decrement(ref deciding);
                Interlocked.Increment(ref done);
            }
            catch (OperationCanceledException) when (enough.IsCancellationRequested)
            {
                Interlocked.Increment(ref done);
            }
        });

        Assert.That((done, most), Is.EqualTo((1_600, 3)));
        for (var i = 0; i < 3; i++)
        {
            Assert.That(gate.EnterAsync(default).IsCompleted, Is.True, "all places are free again");
        }
    }

    private static void InterlockedMax(ref int most, int now)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < now && Interlocked.CompareExchange(ref most, now, seen) != seen)
        {
        }
    }
}
