using System.Globalization;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Instances;
using Pipelines.NodeRed.Flows;
using Pipelines.Tests.NodeRed;
using Pipelines.Tests.Stages.Consumers;

namespace Pipelines.Tests.Engine;

/// <summary>Pauses, names, patience, and flows that are kept at hand.</summary>
[TestFixture]
public sealed class InstancesTests
{
    [Test]
    public void A_pause_is_drawn_between_half_and_whole_of_what_doubles_up_to_its_limit() =>
        Gen.Select(Gen.Int[1, 100_000], Gen.Int[1, 100_000_000], Gen.Int[1, 1000]).Sample((first, max, tries) =>
        {
            var retries = new RetrySettings { FirstDelay = TimeSpan.FromMilliseconds(first), MaxDelay = TimeSpan.FromMilliseconds(max) };
            var whole = Math.Min(first * Math.Pow(2, Math.Min(tries - 1, 30)), max);
            var pause = retries.PauseAfter(tries).TotalMilliseconds;
            return pause >= (whole / 2) - 0.01 && pause <= whole + 0.01 && Math.Abs(retries.LongestPauseAfter(tries).TotalMilliseconds - whole) < 0.01;
        });

    [Test]
    public void A_pause_that_begins_with_a_quarter_of_an_hour_does_not_overflow() =>
        Assert.That(new RetrySettings { FirstDelay = TimeSpan.FromMinutes(15), MaxDelay = TimeSpan.FromMinutes(30) }.LongestPauseAfter(40), Is.EqualTo(TimeSpan.FromMinutes(30)));

    [Test]
    public void Many_that_failed_together_do_not_come_again_together() =>
        Assert.That(Enumerable.Range(0, 20).Select(_ => new RetrySettings().PauseAfter(3)).Distinct().Count(), Is.GreaterThan(10));

    [Test]
    public void A_part_has_the_same_name_every_time_and_another_than_every_other_part()
    {
        var whole = new Guid("0b9e2f0a-5a53-4c0e-8f53-0c6e3a2b1d4f");
        Assert.That(Enumerable.Range(0, 1000).Select(x => DeterministicId.Of(whole, x)).Append(whole).Distinct().Count(), Is.EqualTo(1001));
        Assert.That(DeterministicId.Of(whole, 7).ToString(null, CultureInfo.InvariantCulture), Does.Match("^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"), "RFC 9562, version 8");
    }

    [Test]
    public void A_part_keeps_its_name_in_the_next_version()
    {
        // Promotions that are under way when the engine is replaced must find their stages again.
        Assert.That(DeterministicId.Of(Sample.Stage, 0), Is.EqualTo(new Guid("563352f6-1e08-86e8-a21d-467578c8d6ee")));
    }

    [Test]
    public void Work_ends_when_its_answer_is_of_no_use_any_more()
    {
        var time = new FakeTimeProvider(Bench.Start);
        using var until = time.Until(Bench.Start.AddSeconds(5));
        Assert.That(until.IsCancellationRequested, Is.False);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.That(until.IsCancellationRequested);
    }

    [Test]
    public void Work_that_comes_too_late_ends_at_once()
    {
        var time = new FakeTimeProvider(Bench.Start);
        using var until = time.Until(Bench.Start.AddSeconds(-5));
        time.Advance(TimeSpan.Zero);
        Assert.That(until.IsCancellationRequested);
    }

    [Test]
    public async Task Flows_are_read_once_and_the_least_asked_for_are_forgotten_first()
    {
        var store = new SnapshotsInMemory();
        var flows = Enumerable.Range(0, 17).Select(x => Nodes.Raw(Nodes.Smoke($"flows {x}"))).ToList();
        flows.ForEach(store.Keep);
        var sets = new FlowSets(store);
        foreach (var known in flows.Take(16))
        {
            await sets.GetAsync(known.Digest.ToString(), CancellationToken.None);
        }

        await sets.GetAsync(flows[0].Digest.ToString(), CancellationToken.None);
        Assert.That(store.Reads, Is.EqualTo(16));
        await sets.GetAsync(flows[16].Digest.ToString(), CancellationToken.None);
        await sets.GetAsync(flows[0].Digest.ToString(), CancellationToken.None);
        Assert.That(store.Reads, Is.EqualTo(17));
        await sets.GetAsync(flows[1].Digest.ToString(), CancellationToken.None);
        Assert.That(store.Reads, Is.EqualTo(18));
    }

    [Test]
    public async Task Flows_that_were_just_read_from_an_instance_need_no_reading()
    {
        var store = new SnapshotsInMemory();
        var sets = new FlowSets(store);
        var flows = Nodes.Set(Nodes.Smoke("new"));
        sets.Remember(flows);
        Assert.That(await sets.GetAsync(flows.Digest.ToString(), CancellationToken.None), Is.SameAs(flows));
        Assert.That(store.Reads, Is.Zero);
    }

    [Test]
    public void Flows_that_are_not_stored_or_are_none_are_a_persons_business()
    {
        var none = RawFlows.FromBytes("{\"flows\":7}"u8.ToArray());
        var store = new SnapshotsInMemory { Flows = { [none.Digest] = none } };
        var sets = new FlowSets(store);
        Assert.That(() => sets.GetAsync(none.Digest.ToString(), CancellationToken.None), Throws.InstanceOf<FlowsMissingException>().With.Matches<Exception>(x => x.IsPersons()));
        Assert.That(() => sets.GetAsync(Nodes.Raw("[]").Digest.ToString(), CancellationToken.None), Throws.InstanceOf<FlowsMissingException>().With.Message.Contains("Promote from the instance again"));
    }
}
