using NUnit.Framework;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>A promotion that nothing would ever move again is found and driven on, and people hear of it.</summary>
public sealed class WatchdogTests
{
    [Test]
    public async Task A_promotion_whose_timers_and_questions_are_lost_is_driven_on()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: Quickly);
        plant[0].Faults.OnDeploy(new Fault.Hang());
        var promotion = await plant.PromoteAsync();
        await plant.ReplicaIsAsync(promotion, "r0", "Deploying");

        // As if the question and every timer had been set aside and thrown away, an hour ago.
        await plant.StopEngineAsync();
        await plant.ExecuteAsync("delete from outbox; update saga set deadline_at = now() - interval '1 hour' where saga = 'replica' and deadline_at is not null");
        await plant.RestartEngineAsync();

        await plant.WaitForAsync(promotion, "Succeeded");
        var told = await plant.QueryAsync<string>("select data->>'machine' from promotion_event where type = 'driven-on' order by seq");
        Assert.That(told, Does.Contain("replica"), "the timeline says what had to be driven on");
    }

    [Test]
    public async Task A_promotion_that_was_accepted_and_whose_first_message_is_lost_begins()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: Quickly);
        plant.LoseWhatIsSent(true);
        var promotion = await plant.PromoteAsync();
        await plant.ExecuteAsync("delete from outbox");
        plant.LoseWhatIsSent(false);

        await plant.WaitForAsync(promotion, "Succeeded");
        Assert.That(await plant.AskAsync<int>("select count(*)::int from promotion_stage"), Is.EqualTo(3), "it walked once");
    }

    [Test]
    public async Task Whoever_waits_rightly_is_left_alone()
    {
        await using var plant = await PromotionPlant.StartAsync(configureStorage: Quickly);
        plant.Rollout = PromotionPlant.Quick().Replace("soak: 0s", "soak: { duration: 2s, interval: 100ms }", StringComparison.Ordinal);
        var promotion = await plant.PromoteAsync();

        await plant.WaitForAsync(promotion, "Succeeded");

        Assert.That(await plant.AskAsync<int>("select count(*)::int from promotion_event where type = 'driven-on'"), Is.Zero);
    }

    private static void Quickly(Storage.PipelinesStorageOptions options)
    {
        options.Watchdog.Every = TimeSpan.FromMilliseconds(100);
        options.Watchdog.Patience = TimeSpan.FromMilliseconds(500);
        options.Watchdog.BeginPatience = TimeSpan.FromMilliseconds(500);
        options.Watchdog.AgainAfter = TimeSpan.FromSeconds(1);
    }
}
