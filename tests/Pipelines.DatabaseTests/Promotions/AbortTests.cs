using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>Abort, and a restart of the engine, in each state of a promotion.</summary>
public sealed class AbortTests
{
    private static readonly Digest Old = FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows("v1")).Digest;
    private static readonly Digest New = FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows("v2")).Digest;

    [TestCase("snapshot")]
    [TestCase("validate")]
    [TestCase("recording")]
    [TestCase("deploying")]
    [TestCase("soaking")]
    [TestCase("second replica")]
    public async Task An_abort_leaves_every_replica_with_what_it_ran_before(string when)
    {
        await using var plant = await PromotionPlant.StartAsync();
        var promotion = await HoldAsync(plant, when);

        await plant.SayAsync(new AbortPromotion(promotion, "the operator", "not now"));

        var ended = await plant.WaitForAsync(promotion, "Aborted");
        Assert.Multiple(() =>
        {
            Assert.That(ended.Reason, Does.Contain("the operator").And.Contain("not now"));
            Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(Old));
        });
        Assert.That(await plant.AskAsync<int>("select count(*)::int from target_lock where stage_id is not null"), Is.Zero, "the target is free again");
    }

    [TestCase("snapshot")]
    [TestCase("validate")]
    [TestCase("recording")]
    [TestCase("deploying")]
    [TestCase("soaking")]
    [TestCase("second replica")]
    public async Task A_restart_of_the_engine_changes_nothing_about_the_end(string when)
    {
        await using var plant = await PromotionPlant.StartAsync();
        var promotion = await HoldAsync(plant, when);

        await plant.RestartEngineAsync();

        await plant.WaitForAsync(promotion, "Succeeded");
        Assert.That(plant.Replicas.Select(replica => (replica.Revision, replica.Deploys.Count)), Is.All.EqualTo((New, 1)));
    }

    [Test]
    public async Task An_abort_after_the_end_changes_nothing()
    {
        await using var plant = await PromotionPlant.StartAsync();
        var promotion = await plant.PromoteAsync();
        await plant.WaitForAsync(promotion, "Succeeded");

        await plant.SayAsync(new AbortPromotion(promotion, "the operator", null));
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");

        Assert.That((await plant.WaitForAsync(promotion, "Succeeded")).Ended, Is.True);
        Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(New));
    }

    [Test]
    public async Task Retry_carries_on_from_where_it_stands()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Rollout = PromotionPlant.Quick("onFailure: hold");
        plant[1].Faults.OnDeploy(new Fault.NoEffect());
        var promotion = await plant.PromoteAsync();
        await plant.WaitForAsync(promotion, "NeedsAttention");

        await plant.SayAsync(new RetryPromotion(promotion, "the operator"));

        await plant.WaitForAsync(promotion, "Succeeded");
        Assert.That(plant.Replicas.Select(replica => (replica.Revision, replica.Deploys.Count)), Is.All.EqualTo((New, 1)), "r0 had it already and was not deployed again");
    }

    /// <summary>Promotes, and returns while the promotion is in that state, held there by a slow answer.</summary>
    private static async Task<Guid> HoldAsync(PromotionPlant plant, string when)
    {
        var slow = new Fault.Delay(TimeSpan.FromSeconds(1.5));
        switch (when)
        {
            case "snapshot":
                plant.Development.Faults.OnReadFlows(slow);
                break;
            case "validate":
                plant[0].Faults.On("GET", "/nodes", slow);
                break;
            case "recording":
                // The first reading of the flows is the validate stage's.
                plant[0].Faults.OnReadFlows(new Fault.Delay(TimeSpan.Zero)).OnReadFlows(slow);
                break;
            case "deploying":
                plant[0].Faults.OnDeploy(slow);
                break;
            case "second replica":
                plant[1].Faults.OnDeploy(slow);
                break;
            default:
                plant.Rollout = PromotionPlant.Quick().Replace("soak: 0s", "soak: 1500ms", StringComparison.Ordinal);
                break;
        }

        var promotion = await plant.PromoteAsync();
        Func<FakeNodeRed, bool> Asked(string method, string path, int times) =>
            fake => fake.Requests.Count(request => request.Method == method && request.Path == path) >= times;
        await (when switch
        {
            "snapshot" => plant.Development.WaitForAsync(Asked("GET", "/admin/flows", 1), "the development instance was never asked"),
            "validate" => plant[0].WaitForAsync(Asked("GET", "/admin/nodes", 1), "r0 was never asked for its nodes"),
            "recording" => plant[0].WaitForAsync(Asked("GET", "/admin/flows", 2), "what r0 runs was never recorded"),
            "deploying" => plant[0].WaitForAsync(Asked("POST", "/admin/flows", 1), "r0 was never deployed to"),
            "second replica" => plant[1].WaitForAsync(Asked("POST", "/admin/flows", 1), "r1 was never deployed to"),
            _ => plant[0].WaitForAsync(fake => fake.Revision == New, "r0 never got the snapshot"),
        });
        return promotion;
    }
}
