using NUnit.Framework;
using Pipelines.Testing.Stand.Flows;
using Pipelines.Testing.Stand.NodeRed;

namespace Pipelines.StandTests.Promotions;

/// <summary>The service is killed with -9 in each state of a promotion, on both transports; what was frozen to hold it there thaws while it is dead.</summary>
public sealed class KilledEngineTests
{
    [Test]
    [Pairwise]
    public async Task A_promotion_goes_on_where_the_killed_engine_left_it(
        [Values("snapshot", "validate", "deploying", "soaking", "second replica")] string when, [Values] bool rabbitMq)
    {
        await using var plant = await RealPlant.StartAsync("soak: 2s, retries: { attempts: 10, firstDelay: 100ms, maxDelay: 500ms }, deadlines: { answer: 40s, wave: 3m, stage: 10m }", rabbitMq);
        await plant.Development.Admin.DeployAsync(SampleFlows.GatewayV2);
        var revision = await plant.Development.Admin.RevisionAsync();
        var (frozen, promotion) = await HoldAsync(plant, when);

        await plant.Service.KillAsync();
        frozen?.Resume();
        await plant.Service.StartAgainAsync();

        await plant.WaitForAsync(promotion, "Succeeded");
        Assert.That(await plant.RevisionsAsync(), Is.All.EqualTo(revision));
    }

    [Test]
    public async Task A_rollback_goes_on_where_the_killed_engine_left_it([Values] bool rabbitMq)
    {
        await using var plant = await RealPlant.StartAsync(RealPlant.Quick.Replace("soak: 0s", "soak: 20s", StringComparison.Ordinal), rabbitMq);
        var before = await plant.RevisionsAsync();
        var promotion = await plant.PromoteAsync(SampleFlows.GatewayBrokenAtRunTime);
        await plant.ReplicaIsAsync(promotion, plant.A.Name, "Restoring", "Restored");

        await plant.Service.KillAsync();
        await plant.Service.StartAgainAsync();

        await plant.WaitForAsync(promotion, "RolledBack");
        Assert.That(await plant.RevisionsAsync(), Is.EqualTo(before));
    }

    private static async Task<(NodeRedProcess? Frozen, Uri Promotion)> HoldAsync(RealPlant plant, string when)
    {
        switch (when)
        {
            case "snapshot":
                plant.Development.Pause();
                return (plant.Development, await plant.PressAsync());
            case "validate":
                plant.A.Pause();
                return (plant.A, await plant.PressAsync());
            case "deploying":
                {
                    var promotion = await plant.PressAsync();
                    await plant.ReplicaIsAsync(promotion, plant.A.Name, "Deploying", "Soaking");
                    return (null, promotion);
                }

            case "soaking":
                {
                    var promotion = await plant.PressAsync();
                    await plant.ReplicaIsAsync(promotion, plant.A.Name, "Soaking");
                    return (null, promotion);
                }

            default:
                {
                    var promotion = await plant.PressAsync();
                    await plant.ReplicaIsAsync(promotion, plant.A.Name, "Soaking");
                    plant.B.Pause();
                    await plant.ReplicaIsAsync(promotion, plant.B.Name, "Deploying");
                    return (plant.B, promotion);
                }
        }
    }
}
