using NUnit.Framework;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>Nothing grows without bound, history stays, and what may be wanted again is there.</summary>
public sealed class HousekeepingTests
{
    [Test]
    public async Task Old_sagas_and_flows_go_and_the_history_and_what_runs_in_production_stay()
    {
        await using var plant = await PromotionPlant.StartAsync();
        var first = await plant.PromoteAsync();
        await plant.WaitForAsync(first, "Succeeded");
        plant.Development.DeployForeign(PromotionPlant.Flows("v3"));
        var second = await plant.PromoteAsync();
        await plant.WaitForAsync(second, "Succeeded");
        var events = await plant.AskAsync<int>("select count(*)::int from promotion_event");
        await AgeAsync(plant, 200);

        await plant.CleanAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(await plant.QueryAsync<string>("select digest from snapshot"), Is.EqualTo(new[] { DigestOf("v3") }), "what was brought last stays");
            Assert.That(await plant.AskAsync<int>("select count(*)::int from saga"), Is.Zero);
            Assert.That(await plant.AskAsync<int>("select count(*)::int from inbox"), Is.Zero);
            Assert.That(await plant.AskAsync<int>("select count(*)::int from promotion_event"), Is.EqualTo(events));
            Assert.That(await plant.AskAsync<int>("select count(*)::int from promotion where snapshot_digest is not null"), Is.EqualTo(2));
            Assert.That(await plant.AskAsync<int>("select count(*)::int from snapshot_provenance"), Is.EqualTo(2));
        });
        plant.Development.DeployForeign(PromotionPlant.Flows("v4"));
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
    }

    [Test]
    public async Task What_a_promotion_under_way_refers_to_stays_however_old_it_is()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant[1].Faults.OnDeploy(new Fault.NoEffect());
        plant.Rollout = PromotionPlant.Quick("onFailure: hold");
        var promotion = await plant.PromoteAsync();
        await plant.WaitForAsync(promotion, "NeedsAttention");
        var sagas = await plant.AskAsync<int>("select count(*)::int from saga where saga in ('promotion', 'rollout', 'replica')");
        await AgeAsync(plant, 400);

        await plant.CleanAsync();

        Assert.That(await plant.QueryAsync<string>("select digest from snapshot order by digest"), Is.EquivalentTo(new[] { DigestOf("v1"), DigestOf("v2") }));
        Assert.That(await plant.AskAsync<int>("select count(*)::int from saga where saga in ('promotion', 'rollout', 'replica')"), Is.EqualTo(sagas), "also those that rest");
        await plant.SayAsync(new Contracts.AbortPromotion(promotion, "ada", null));
        await plant.WaitForAsync(promotion, "Aborted");
        Assert.That(plant.Replicas.Select(replica => replica.Revision.ToString()), Is.All.EqualTo(DigestOf("v1")));
    }

    [Test]
    public async Task Flows_that_somebody_is_keeping_right_now_are_not_thrown_away()
    {
        await using var plant = await PromotionPlant.StartAsync();
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
        plant.Development.DeployForeign(PromotionPlant.Flows("v3"));
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
        await AgeAsync(plant, 200);
        var before = await plant.AskAsync<int>("select count(*)::int from snapshot");

        await using (var keeper = await plant.OpenAsync())
        {
            await using var transaction = await keeper.BeginTransactionAsync();
            await using var keeping = new Npgsql.NpgsqlCommand(Storage.Query.Load("snapshots/keeping"), keeper);
            await keeping.ExecuteNonQueryAsync();
            await plant.CleanAsync();
            Assert.That(await plant.AskAsync<int>("select count(*)::int from snapshot"), Is.EqualTo(before));
            await transaction.CommitAsync();
        }

        await plant.CleanAsync();
        Assert.That(await plant.AskAsync<int>("select count(*)::int from snapshot"), Is.EqualTo(1));
    }

    [Test]
    public async Task Who_changed_what_is_known_for_two_years_and_no_line_of_it_is_changed()
    {
        await using var plant = await PromotionPlant.StartAsync();
        await plant.ExecuteAsync(
            """
            insert into audit (at, by, action, about, data)
            select now() - days * interval '1 day', 'ada', 'schedule.paused', '/pipelines/line/schedules/' || days, '{}' from unnest(array[1, 729, 731, 4000]) as days
            """);

        await plant.CleanAsync();

        Assert.That(await plant.QueryAsync<string>("select about from audit order by about"), Is.EqualTo(new[] { "/pipelines/line/schedules/1", "/pipelines/line/schedules/729" }));
        Assert.That(async () => await plant.ExecuteAsync("update audit set by = 'eve'"), Throws.InstanceOf<Npgsql.PostgresException>().With.Message.Contains("only ever added to"));
    }

    private static string DigestOf(string version) => FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows(version)).Digest.ToString();

    /// <summary>Makes everything that is there older. The guards of the database are right to refuse it, so they look away for a moment.</summary>
    private static Task AgeAsync(PromotionPlant plant, int days) => plant.ExecuteAsync(
        $"""
        set session_replication_role = replica;
        update promotion set accepted_at = accepted_at - interval '{days} days', ended_at = ended_at - interval '{days} days';
        update snapshot set stored_at = stored_at - interval '{days} days';
        update snapshot_provenance set taken_at = taken_at - interval '{days} days';
        update saga set updated_at = updated_at - interval '{days} days';
        update inbox set consumed_at = consumed_at - interval '{days} days';
        set session_replication_role = origin;
        """);
}
