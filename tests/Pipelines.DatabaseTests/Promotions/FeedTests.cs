using Dapper;
using NUnit.Framework;
using Pipelines.Contracts.Events;
using Pipelines.Engine.Feed;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>Events for others: all of them, in order per promotion, and never lost to a reader who has gone by.</summary>
public sealed class FeedTests
{
    [Test]
    public async Task A_promotion_is_told_from_accepted_to_succeeded_in_order()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: x => x.FeedReaders.Add("test"));
        var id = await plant.PromoteAsync();
        await plant.WaitForAsync(id, "Succeeded");

        var events = await plant.TakeAllAsync("test");

        Assert.That(events.Select(x => x.Event), Is.EqualTo(new[]
        {
            "promotion.accepted", "stage.started", "stage.succeeded", "stage.started", "stage.succeeded", "stage.started",
            "replica.deployed", "replica.deployed", "stage.succeeded", "promotion.succeeded",
        }));
        Assert.Multiple(() =>
        {
            Assert.That(events.Select(x => x.Number), Is.Ordered.Ascending.And.Unique);
            Assert.That(events.Select(x => x.Sequence), Is.Ordered.Ascending.And.Unique);
            Assert.That(events.Select(x => x.Id), Is.Unique);
            Assert.That(events[0].Data, Is.EqualTo(new PromotionAcceptedV1(id, "line", "api", "a test", null, null)));
            Assert.That(events[5].Data, Is.EqualTo(new StageStartedV1(id, "line", 2, "rollout")));
            Assert.That(events.Where(x => x.Event == "replica.deployed").Select(x => ((ReplicaDeployedV1)x.Data).Replica), Is.EquivalentTo(new[] { "r0", "r1" }));
            Assert.That(((PromotionSucceededV1)events[^1].Data).SnapshotDigest, Is.EqualTo(plant.Development.Revision.ToString()));
            Assert.That(events[^1].Type, Is.EqualTo("pipelines.promotion.succeeded.v1"));
        });
        Assert.That(await plant.TakeAllAsync("test"), Is.Empty, "it has gone by");
    }

    [Test]
    public async Task A_rollback_tells_what_was_restored_and_a_call_for_people_names_every_replica()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: x => x.FeedReaders.Add("test"));
        plant[1].Faults.OnDeploy(new Fault.NoEffect());
        var first = await plant.PromoteAsync();
        await plant.WaitForAsync(first, "RolledBack");
        var events = await plant.TakeAllAsync("test");
        Assert.That(events.Select(x => x.Event), Does.Contain("replica.restored").And.Contain("stage.failed"));
        Assert.That(events[^1].Data, Is.InstanceOf<PromotionRolledBackV1>().With.Property(nameof(PromotionRolledBackV1.Reason)).Not.Empty);

        plant[1].Faults.OnDeploy(new Fault.NoEffect());
        plant.Rollout = PromotionPlant.Quick("onFailure: hold");
        var second = await plant.PromoteAsync();
        await plant.WaitForAsync(second, "NeedsAttention");
        var called = (await plant.TakeAllAsync("test")).Single(x => x.Event == "promotion.needs-attention");
        Assert.That(((PromotionNeedsAttentionV1)called.Data).Replicas.Select(x => x.Replica), Is.EqualTo(new[] { "r0", "r1" }));
        await plant.SayAsync(new Contracts.AbortPromotion(second, "ada", "enough"));
        await plant.WaitForAsync(second, "Aborted");
        Assert.That((await plant.TakeAllAsync("test"))[^1].Data, Is.InstanceOf<PromotionAbortedV1>());
    }

    [Test]
    public async Task Who_runs_something_else_than_was_last_rolled_out_has_drifted()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: x => x.FeedReaders.Add("test"));
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
        Assert.That((await plant.TakeAllAsync("test")).Select(x => x.Event), Does.Not.Contain("drift.seen"), "nobody knows what to expect before the first rollout");
        var expected = plant[0].Revision.ToString();
        plant[0].DeployForeign(PromotionPlant.Flows("v9"));
        var foreign = plant[0].Revision.ToString();
        plant.Development.DeployForeign(PromotionPlant.Flows("v3"));
        var second = await plant.PromoteAsync();
        await plant.WaitForAsync(second, "Succeeded");

        var drift = (await plant.TakeAllAsync("test")).Where(x => x.Event == "drift.seen").Select(x => x.Data);
        Assert.That(drift, Is.EqualTo(new[] { new DriftSeenV1(second, "line", "plant", "r0", expected, foreign) }));
        plant[1].Faults.OnDeploy(new Fault.NoEffect());
        plant.Development.DeployForeign(PromotionPlant.Flows("v4"));
        await plant.WaitForAsync(await plant.PromoteAsync(), "RolledBack");
        plant.Development.DeployForeign(PromotionPlant.Flows("v5"));
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
        Assert.That((await plant.TakeAllAsync("test")).Select(x => x.Event), Does.Not.Contain("drift.seen"), "what was restored runs what it was put back to");
    }

    [Test]
    public async Task What_commits_late_is_not_lost_to_a_reader_who_was_there_before()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: x => x.FeedReaders.Add("test"));
        var (slow, quick) = (await plant.PromoteAsync(), await plant.PromoteAsync());
        await plant.WaitForAsync(slow, "Succeeded");
        await plant.WaitForAsync(quick, "Succeeded");
        await plant.TakeAllAsync("test");

        // The slow one writes first and commits last.
        await using var connection = await plant.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("""select tell(@slow, now(), 'drift', '{"replica":"slow"}')""", new { slow });
        await plant.AskAsync<object?>("""select tell(@quick, now(), 'drift', '{"replica":"quick"}')::text""", new { quick });
        var before = await plant.TakeAllAsync("test");
        await transaction.CommitAsync();
        var after = await plant.TakeAllAsync("test");

        Assert.That(before.Select(x => ((DriftSeenV1)x.Data).Replica), Is.EqualTo(new[] { "quick" }));
        Assert.That(after.Select(x => ((DriftSeenV1)x.Data).Replica), Is.EqualTo(new[] { "slow" }));
    }

    [Test]
    public async Task Many_writers_and_two_readers_who_stumble_lose_nothing_and_keep_each_promotions_order()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: x => x.FeedReaders.Add("test"));
        var promotions = new List<Guid>();
        for (var i = 0; i < 8; i++)
        {
            promotions.Add(await plant.PromoteAsync());
        }

        foreach (var promotion in promotions)
        {
            await plant.WaitForAsync(promotion, "Succeeded");
        }

        await plant.TakeAllAsync("test");
        const int Each = 60;
        var heard = new List<CloudEvent>();
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(n => Task.Run(async () =>
        {
            var stumble = new Random(n);
            while (!done.IsCancellationRequested)
            {
                await plant.FeedAsync(async feed =>
                {
                    try
                    {
                        return await feed.TakeAsync("test", 7, (events, _) =>
                        {
                            if (stumble.Next(4) == 0)
                            {
                                throw new IOException("It dies before it is done.");
                            }

                            lock (heard)
                            {
                                heard.AddRange(events);
                            }

                            return Task.CompletedTask;
                        }, CancellationToken.None);
                    }
                    catch (IOException)
                    {
                        return 0;
                    }
                });
            }
        })).ToList();
        await Task.WhenAll(promotions.SelectMany(id => Enumerable.Range(0, 3).Select(async _ =>
        {
            for (var i = 0; i < Each / 3; i++)
            {
                await plant.AskAsync<object?>("""select tell(@id, now(), 'drift', '{"replica":"r0"}')::text""", new { id });
            }
        })));
        await Eventually.HoldsAsync(() => { lock (heard) { return heard.Count >= promotions.Count * Each; } }, () => $"only {heard.Count} of {promotions.Count * Each} events were heard");
        await done.CancelAsync();
        await Task.WhenAll(readers);

        Assert.That(heard.Select(x => x.Number), Is.Ordered.Ascending.And.Unique, "one reader at a time, each event once, because nobody died after dealing");
        foreach (var one in heard.GroupBy(x => x.Subject))
        {
            Assert.That(one.Select(x => x.Sequence), Is.EqualTo(Enumerable.Range(one.First().Sequence, Each)), "in the order of its timeline, none missing");
        }
    }

    [Test]
    public async Task While_one_process_deals_with_events_another_gets_none_and_a_stumble_moves_nothing()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: x => x.FeedReaders.Add("test"));
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");

        Assert.That(async () => await plant.FeedAsync(feed => feed.TakeAsync("test", 3, async (mine, _) =>
        {
            Assert.That(mine, Has.Count.EqualTo(3));
            Assert.That(await plant.TakeAllAsync("test"), Is.Empty, "somebody else is this reader now");
            throw new IOException("The broker is away.");
        }, CancellationToken.None)), Throws.InstanceOf<IOException>());

        Assert.That((await plant.TakeAllAsync("test")).Select(x => x.Event).First(), Is.EqualTo("promotion.accepted"));
    }

    [Test]
    public async Task A_reader_that_is_named_later_begins_with_what_comes_then_and_goes_on_after_a_restart()
    {
        var readers = new List<string>();
        await using var plant = await PromotionPlant.StartAsync(configureStorage: x => readers.ForEach(x.FeedReaders.Add));
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
        await plant.FeedAsync(feed => feed.ReadAsync(0, 1, CancellationToken.None));
        readers.Add("test");
        await plant.RestartEngineAsync();
        Assert.That(await plant.TakeAllAsync("test"), Is.Empty);

        var next = await plant.PromoteAsync();
        await plant.WaitForAsync(next, "Succeeded");
        await plant.RestartEngineAsync();
        Assert.That((await plant.TakeAllAsync("test"))[0].Subject, Is.EqualTo(next.ToString()));
    }

    [Test]
    public async Task Housekeeping_throws_away_what_all_have_read_and_waits_longer_for_a_reader_that_is_away()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: x => { x.FeedReaders.Add("test"); x.FeedReaders.Add("away"); });
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
        await plant.TakeAllAsync("test");

        await AgeAsync(8);
        await plant.CleanAsync();
        Assert.That(await plant.AskAsync<int>("select count(*)::int from feed"), Is.Positive, "'away' has not read them");
        await plant.TakeAllAsync("away");
        await plant.CleanAsync();
        Assert.That(await plant.AskAsync<int>("select count(*)::int from feed"), Is.Zero);

        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
        Assert.That(await plant.TakeAllAsync("test"), Is.Not.Empty, "numbers go on where they were");
        await AgeAsync(31);
        await plant.CleanAsync();
        Assert.That(await plant.AskAsync<int>("select count(*)::int from feed"), Is.Zero, "'away' is not waited for for ever");

        Task AgeAsync(int days) => plant.ExecuteAsync($"update feed set at = at - interval '{days} days'");
    }
}

internal static class FeedOfAPlant
{
    public static async Task<IReadOnlyList<CloudEvent>> TakeAllAsync(this PromotionPlant plant, string reader)
    {
        var all = new List<CloudEvent>();
        while (await plant.FeedAsync(feed => feed.TakeAsync(reader, 4, (events, _) => { all.AddRange(events); return Task.CompletedTask; }, CancellationToken.None)) > 0)
        {
        }

        return all;
    }
}
