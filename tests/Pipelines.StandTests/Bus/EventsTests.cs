using Dapper;
using NUnit.Framework;
using Pipelines.Testing.Stand;

namespace Pipelines.ServiceTests.Bus;

/// <summary>What the outside hears on the broker: everything, in order per promotion, whoever is killed.</summary>
internal sealed class EventsTests
{
    [Test]
    public async Task A_client_that_is_not_NET_hears_a_promotion_from_two_engines_in_order_and_each_event_once()
    {
        await using var plant = await BusPlant.StartAsync(services: 2);
        var promotions = new List<Guid>();
        for (var i = 0; i < 6; i++)
        {
            promotions.Add(await plant.PromoteAsync(i % 2, i < 3 ? "line" : "other-line"));
        }

        foreach (var promotion in promotions)
        {
            await plant.EndAsync(promotion);
            await plant.HeardToItsEndAsync(promotion);
        }

        var last = plant.Client.SaidWith("event").Last(x => x.GetProperty("event").GetString() == "promotion.succeeded.other-line");
        var headers = last.GetProperty("headers");
        Assert.Multiple(() =>
        {
            Assert.That(headers.GetProperty("cloudEvents_specversion").GetString(), Is.EqualTo("1.0"));
            Assert.That(headers.GetProperty("cloudEvents_type").GetString(), Is.EqualTo("pipelines.promotion.succeeded.v1"));
            Assert.That(headers.GetProperty("cloudEvents_source").GetString(), Is.EqualTo("/pipelines/other-line"));
            Assert.That(headers.GetProperty("cloudEvents_id").GetString(), Is.EqualTo(last.GetProperty("id").GetString()));
            Assert.That(headers.GetProperty("cloudEvents_time").GetString(), Does.EndWith("Z"));
            Assert.That(last.GetProperty("contentType").GetString(), Is.EqualTo("application/json"));
            Assert.That(last.GetProperty("body").GetProperty("pipeline").GetString(), Is.EqualTo("other-line"));
            Assert.That(last.GetProperty("body").GetProperty("snapshotDigest").GetString(), Has.Length.EqualTo(64));
        });
    }

    [Test]
    public async Task A_broker_that_is_killed_and_comes_back_has_missed_nothing_and_nobody_has_to_do_anything()
    {
        await using var plant = await BusPlant.StartAsync();
        var before = await plant.PromoteAsync();
        await plant.EndAsync(before);
        var during = await plant.PromoteAsync();
        await plant.Client.UntilAsync("its first event", _ => plant.HeardOf(during).Count > 0);

        await plant.Broker.KillAsync();
        var away = await plant.PromoteAsync();
        await plant.Broker.StartAgainAsync();

        foreach (var promotion in new[] { before, during, away })
        {
            await plant.EndAsync(promotion);
            // A confirm that was lost with the broker means once more.
            await plant.HeardToItsEndAsync(promotion, repeats: true);
        }
    }

    [Test]
    public async Task An_engine_that_dies_between_publishing_and_noting_it_publishes_again_in_order()
    {
        await using var plant = await BusPlant.StartAsync();
        await using var connection = await plant.OpenAsync();
        // The place can be taken, and cannot be moved.
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("lock table feed_reader in share mode");
        var promotion = await plant.PromoteAsync();
        await plant.Client.UntilAsync("the first event", _ => plant.HeardOf(promotion).Count > 0);
        await Until.TrueAsync(
            "the relay to stand before its note",
            async _ => await plant.AskAsync<bool>("select exists (select from pg_locks where relation = 'feed_reader'::regclass and not granted)") ? null : "nobody waits",
            TimeSpan.FromSeconds(20));
        Assert.That(await plant.AskAsync<long>("select position from feed_reader where reader = 'bus'"), Is.Zero);

        await plant[0].KillAsync();
        await transaction.RollbackAsync();
        await plant[0].StartAgainAsync();

        await plant.EndAsync(promotion);
        await plant.HeardToItsEndAsync(promotion, repeats: true);
        Assert.That(plant.HeardOf(promotion).GroupBy(x => x).Where(x => x.Count() > 1), Is.Not.Empty, "what had been published came again, under its id");
    }
}
