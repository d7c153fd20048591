using NUnit.Framework;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>One promotion on a plant where nothing goes wrong.</summary>
public sealed class PromotionTests
{
    [Test]
    public async Task The_flows_of_the_development_instance_reach_every_replica()
    {
        await using var plant = await PromotionPlant.StartAsync(replicas: 3);
        var promotion = await plant.PromoteAsync();

        await plant.WaitForAsync(promotion, "Succeeded");

        Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(plant.Development.Revision), await plant.TimelineAsync(promotion));
        Assert.That(plant.Replicas.Select(replica => replica.Deploys.Count), Is.All.EqualTo(1));
    }
}
