using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Triggers;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>What becomes of a request while another promotion holds the target, or waits for it.</summary>
public sealed class BusyTargetTests
{
    private const string Supersede = "whenBusy: supersede\n";
    private const string Reject = "whenBusy: reject\n";
    private static readonly Digest New = FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows("v2")).Digest;

    [Test]
    public async Task Promotions_roll_out_in_the_order_in_which_they_were_accepted_however_long_each_prepares()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Development.Faults.OnReadFlows(new Fault.Delay(TimeSpan.FromSeconds(1.5)));
        var slow = await plant.PromoteAsync();
        await plant.Development.WaitForAsync(fake => fake.Requests.Any(x => x.Path == "/admin/flows"), "the development instance was never asked");
        var quick = await plant.PromoteAsync();

        await plant.StageIsAsync(quick, "Queued");
        await plant.WaitForAsync(quick, "Succeeded");

        Assert.That(await plant.AskAsync<string>("select state from promotion where id = @slow", new { slow }), Is.EqualTo("Succeeded"), "the later one ended before the earlier one");
    }

    [Test]
    public async Task One_that_ends_before_its_turn_lets_the_next_one_go_on()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Development.Faults.OnReadFlows(new Fault.Delay(TimeSpan.FromSeconds(1))).OnReadFlows(new Fault.Delay(TimeSpan.Zero));
        var first = await plant.PromoteAsync();
        await plant.Development.WaitForAsync(fake => fake.Requests.Any(x => x.Path == "/admin/flows"), "the development instance was never asked");
        var second = await plant.PromoteAsync();
        await plant.StageIsAsync(second, "Queued");

        await plant.SayAsync(new AbortPromotion(first, "the operator", null));

        await plant.WaitForAsync(first, "Aborted");
        await plant.WaitForAsync(second, "Succeeded");
        Assert.That(await plant.AskAsync<int>("select count(*)::int from target_line"), Is.Zero);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Whoever_waits_is_superseded_and_names_the_winner_and_who_has_begun_is_never_cut(bool restart)
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Root = Supersede;
        plant[0].Faults.OnDeploy(new Fault.Delay(TimeSpan.FromSeconds(1.5)));
        var running = await plant.PromoteAsync();
        await plant[0].WaitForAsync(fake => fake.Requests.Any(x => x.Method == "POST"), "r0 was never deployed to");
        var loser = await plant.PromoteAsync();
        await plant.StageIsAsync(loser, "Queued");

        var winner = await plant.PromoteAsync();
        if (restart)
        {
            await plant.RestartEngineAsync();
        }

        var superseded = await plant.WaitForAsync(loser, "Superseded");
        await plant.WaitForAsync(running, "Succeeded");
        await plant.WaitForAsync(winner, "Succeeded");
        Assert.Multiple(async () =>
        {
            Assert.That(superseded.Reason, Does.Contain(winner.ToString()));
            Assert.That(await plant.AskAsync<Guid>("select superseded_by from promotion where id = @loser", new { loser }), Is.EqualTo(winner));
            Assert.That(
                await plant.AskAsync<string>("select line ->> 'supersededBy' from feed where event = 'promotion.superseded' and promotion_id = @loser", new { loser }),
                Is.EqualTo(winner.ToString()));
            Assert.That(await plant.AskAsync<int>("select count(*)::int from target_line"), Is.Zero);
            Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(New));
        });
    }

    [Test]
    public async Task Another_pipelines_promotions_are_not_superseded()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant[0].Faults.OnDeploy(new Fault.Delay(TimeSpan.FromSeconds(1.5)));
        var running = await plant.PromoteAsync();
        await plant[0].WaitForAsync(fake => fake.Requests.Any(x => x.Method == "POST"), "r0 was never deployed to");
        var queued = await plant.PromoteAsync();

        (plant.Name, plant.Root) = ("other", Supersede);
        var other = await plant.PromoteAsync();

        foreach (var promotion in (Guid[])[running, queued, other])
        {
            await plant.WaitForAsync(promotion, "Succeeded");
        }
    }

    [Test]
    public async Task A_storm_collapses_to_the_last_one()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Root = Supersede;
        plant[0].Faults.OnDeploy(new Fault.Delay(TimeSpan.FromSeconds(1.5)));
        var running = await plant.PromoteAsync();
        await plant[0].WaitForAsync(fake => fake.Requests.Any(x => x.Method == "POST"), "r0 was never deployed to");

        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => plant.PromoteAsync()));

        await Eventually.HoldsAsync(
            () => plant.AskAsync<bool>("select not exists (select from promotion where ended_at is null)"),
            () => "A promotion of the storm has not ended.",
            60);
        var states = await plant.QueryAsync<string>("select state || case when superseded_by is null then '' else ' by another' end from promotion");
        Assert.Multiple(async () =>
        {
            Assert.That(await plant.AskAsync<string>("select state from promotion where id = @running", new { running }), Is.EqualTo("Succeeded"));
            Assert.That(states.Count(x => x == "Superseded by another"), Is.EqualTo(59), () => string.Join(", ", states.CountBy(x => x)));
            Assert.That(states.Count(x => x == "Succeeded"), Is.EqualTo(2), () => string.Join(", ", states.CountBy(x => x)));
            Assert.That(plant.Replicas.Select(replica => replica.Deploys.Count), Is.All.EqualTo(1), "the second one found its snapshot there");
        });
    }

    [Test]
    public async Task A_busy_target_is_refused_with_the_one_in_the_way_and_nothing_is_stored()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Root = Reject;
        plant.Development.Faults.OnReadFlows(new Fault.Delay(TimeSpan.FromSeconds(1)));
        var first = await plant.PromoteAsync("the key");

        Assert.That(
            async () => await plant.PromoteAsync(),
            Throws.InstanceOf<PromotionRefusedException>().With.Property(nameof(PromotionRefusedException.InTheWay)).EqualTo(first));
        Assert.That(await plant.PromoteAsync("the key"), Is.EqualTo(first), "the same request again is the same promotion");

        await plant.WaitForAsync(first, "Succeeded");
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
        Assert.That(await plant.AskAsync<int>("select count(*)::int from promotion"), Is.EqualTo(2));
    }

    [Test]
    public async Task Of_many_at_once_one_is_taken_and_the_others_are_refused()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Root = Reject;
        plant.Development.Faults.OnReadFlows(new Fault.Delay(TimeSpan.FromSeconds(2)));

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            try
            {
                return (Taken: await plant.PromoteAsync(), InTheWay: default(Guid?));
            }
            catch (PromotionRefusedException e)
            {
                return (Taken: Guid.Empty, e.InTheWay);
            }
        }));

        var taken = answers.Single(x => x.InTheWay is null).Taken;
        Assert.That(answers.Where(x => x.InTheWay is not null).Select(x => x.InTheWay), Is.All.EqualTo(taken));
        await plant.WaitForAsync(taken, "Succeeded");
    }

    [Test]
    public async Task One_that_ends_earlier_touches_nothing_and_holds_nobody_up()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Root = Reject;
        plant.Development.Faults.OnReadFlows(new Fault.Delay(TimeSpan.FromSeconds(1)));
        var looksOnly = await plant.PromoteAsync(until: "validate");
        var whole = await plant.PromoteAsync();

        await plant.WaitForAsync(looksOnly, "Succeeded");
        await plant.WaitForAsync(whole, "Succeeded");
        Assert.That(await plant.QueryAsync<string>("select kind from promotion_stage where promotion_id = @looksOnly order by index", new { looksOnly }), Is.EqualTo(new[] { "snapshot", "validate" }));
    }

    [Test]
    public async Task A_stage_that_is_not_there_is_refused_with_those_that_are() =>
        Assert.That(
            async () =>
            {
                await using var plant = await PromotionPlant.StartAsync();
                await plant.PromoteAsync(until: "rolout");
            },
            Throws.InstanceOf<KeyNotFoundException>().With.Message.Contains("Did you mean 'rollout'?"));
}
