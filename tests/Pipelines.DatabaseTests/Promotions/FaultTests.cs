using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>What goes wrong on one replica, and what the plant runs afterwards.</summary>
public sealed class FaultTests
{
    private static readonly Digest Old = FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows("v1")).Digest;
    private static readonly Digest New = FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows("v2")).Digest;

    [Test]
    public async Task A_type_that_no_replica_has_stops_the_promotion_before_any_is_touched()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Development.DeployForeign(PromotionPlant.Flows("v2", """,{"id":"x","type":"no-such-node","z":"t1","x":1,"y":2,"wires":[],"d":true}"""));
        var promotion = await plant.PromoteAsync();

        var ended = await plant.WaitForAsync(promotion, "Failed");

        Assert.Multiple(() =>
        {
            Assert.That(ended.Reason, Does.Contain("NR001").And.Contain("no-such-node"));
            Assert.That(plant.Replicas.Sum(replica => replica.Deploys.Count), Is.Zero);
        });
        Assert.That(await plant.AskAsync<int>("select count(*)::int from finding where rule = 'NR001'"), Is.EqualTo(2), "one finding for each replica");
    }

    [Test]
    public async Task A_deploy_without_effect_on_the_second_replica_brings_both_back_last_touched_first()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant[1].Faults.OnDeploy(new Fault.NoEffect());
        var promotion = await plant.PromoteAsync();

        var ended = await plant.WaitForAsync(promotion, "RolledBack");

        Assert.Multiple(() =>
        {
            Assert.That(ended.Reason, Does.Contain("r1").And.Contain("answered 200"));
            Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(Old));
            Assert.That(plant[0].FlowBytes.ToArray(), Is.EqualTo(FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows("v1")).Bytes.ToArray()));
        });
        Assert.That(
            await plant.AskAsync<string>("select string_agg(data->>'replica', ',' order by seq) from promotion_event where type = 'replica' and data->>'state' = 'Restored'"),
            Is.EqualTo("r1,r0"));
    }

    [Test]
    public async Task A_deploy_whose_answer_is_lost_counts_as_done_when_the_replica_says_so()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant[0].Faults.OnDeploy(new Fault.CutAfter());
        var promotion = await plant.PromoteAsync();

        await plant.WaitForAsync(promotion, "Succeeded");

        Assert.That(plant.Replicas.Select(replica => (replica.Revision, replica.Deploys.Count)), Is.All.EqualTo((New, 1)));
    }

    [Test]
    public async Task A_deploy_that_never_arrived_is_tried_again()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant[0].Faults.OnDeploy(new Fault.CutBefore(), times: 2);
        var promotion = await plant.PromoteAsync();

        await plant.WaitForAsync(promotion, "Succeeded");

        Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(New));
        Assert.That(await plant.AskAsync<int>("select attempt from promotion_replica where replica = 'r0'"), Is.EqualTo(3));
    }

    [Test]
    public async Task A_foreign_deploy_in_between_is_not_overwritten_and_people_are_called()
    {
        await using var plant = await PromotionPlant.StartAsync();
        var foreign = PromotionPlant.Flows("somebody else's");
        plant[1].Faults.OnDeploy(new Fault.ForeignFirst(foreign));
        var promotion = await plant.PromoteAsync();

        var held = await plant.WaitForAsync(promotion, "NeedsAttention");

        var foreignRevision = FakeNodeRed.AsNodeRedWrites(foreign).Digest;
        Assert.Multiple(() =>
        {
            Assert.That(held.Reason, Does.Contain("somebody else"));
            Assert.That(plant[1].Revision, Is.EqualTo(foreignRevision));
        });
        Assert.That(await plant.AskAsync<string>("select runs from promotion_replica where replica = 'r1'"), Is.EqualTo(foreignRevision.ToString()), "people are told what it runs");

        await plant.SayAsync(new AbortPromotion(promotion, "the operator", "ours is right"));
        await plant.WaitForAsync(promotion, "Aborted");
        Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(Old), "a person may overwrite it");
    }

    [Test]
    public async Task A_replica_that_dies_in_soak_is_restored_when_it_is_back()
    {
        await using var plant = await PromotionPlant.StartAsync(configure: (index, options) =>
        {
            options.Kills = flows => index == 0 && flows.Digest == New;
            options.KillsAfter = TimeSpan.FromMilliseconds(300);
            options.RevivesAfter = TimeSpan.FromMilliseconds(600);
        });
        plant.Rollout = PromotionPlant.Quick().Replace("soak: 0s", "soak: 5s", StringComparison.Ordinal).Replace("restoreRetries: { attempts: 4", "restoreRetries: { attempts: 50", StringComparison.Ordinal);
        var promotion = await plant.PromoteAsync();

        var ended = await plant.WaitForAsync(promotion, "RolledBack");

        Assert.Multiple(() =>
        {
            Assert.That(ended.Reason, Does.Contain("soak"));
            Assert.That(plant[1].Deploys, Is.Empty, "the second replica was never touched");
            Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(Old));
        });
    }

    [Test]
    public async Task A_replica_that_stays_away_is_not_forgotten()
    {
        var lethal = true;
        await using var plant = await PromotionPlant.StartAsync(configure: (index, options) =>
        {
            options.Kills = flows => lethal && index == 1 && flows.Digest == New;
            options.KillsAfter = TimeSpan.Zero;
        });
        plant.Rollout = PromotionPlant.Quick("attentionInterval: 200ms").Replace("startTimeout: 2s", "startTimeout: 300ms", StringComparison.Ordinal);
        var promotion = await plant.PromoteAsync();

        var held = await plant.WaitForAsync(promotion, "NeedsAttention");

        Assert.That(held.Ended, Is.False);
        Assert.That(await plant.AskAsync<string>("select problem from promotion_replica where replica = 'r1'"), Does.Contain("r1"), "people are told that it does not answer");
        Assert.That(plant[0].Revision, Is.EqualTo(New), "no other replica is taken out of service while this one is out (I4)");

        lethal = false;
        await plant[1].ReviveAsync();
        await plant.WaitForAsync(promotion, "RolledBack");
        Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(Old));
        Assert.That(await plant.AskAsync<int>("select count(*)::int from promotion_event where type = 'needs-attention'"), Is.EqualTo(1), "people were called once");
    }

    [Test]
    public async Task Credentials_that_the_engine_holds_are_posted_again_on_the_way_back()
    {
        const string broker = """,{"id":"b1","type":"mqtt-broker","name":"b","broker":"x","port":"1883"}""";
        await using var plant = await PromotionPlant.StartAsync(configure: (_, options) => options.Flows = PromotionPlant.Flows("v1", broker));
        plant.Instance = "    credentials:\n      b1: { user: \"${env:U}\", password: \"${env:P}\" }\n";
        plant[1].Faults.OnDeploy(new Fault.NoEffect());
        var promotion = await plant.PromoteAsync();

        await plant.WaitForAsync(promotion, "RolledBack");

        Assert.That(plant[0].Deploys.Select(deploy => deploy.CredentialsOf.Contains("b1")), Is.EqualTo(new[] { false, true }), "with the node, and only with it");
        Assert.That(plant[0].Credential("b1", "password"), Is.EqualTo("fake-token"));
    }

    [Test]
    public async Task Credentials_that_a_rollback_could_not_bring_back_stop_the_promotion()
    {
        const string broker = """,{"id":"b1","type":"mqtt-broker","name":"b","broker":"x","port":"1883"}""";
        await using var plant = await PromotionPlant.StartAsync(configure: (_, options) => options.Flows = PromotionPlant.Flows("v1", broker));

        var refused = await plant.WaitForAsync(await plant.PromoteAsync(), "Failed");
        Assert.That(refused.Reason, Does.Contain("CRED001").And.Contain("b1"));

        plant.Root = "allowCredentialLoss: true\n";
        await plant.WaitForAsync(await plant.PromoteAsync(), "Succeeded");
    }

    [Test]
    public async Task A_foreign_deploy_on_a_replica_that_was_done_is_noticed_before_the_promotion_counts_as_succeeded()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant[1].Faults.OnDeploy(new Fault.Delay(TimeSpan.FromSeconds(1)));
        var promotion = await plant.PromoteAsync();
        await plant[1].WaitForAsync(fake => fake.Requests.Any(request => request is { Method: "POST", Path: "/admin/flows" }), "r1 was never deployed to");
        plant[0].DeployForeign(PromotionPlant.Flows("by hand"));

        var held = await plant.WaitForAsync(promotion, "NeedsAttention");

        Assert.That(held.Reason, Does.Contain("r0").And.Contain("somebody else"));
    }

    [TestCase("a\\u0000b", "ab")]
    [TestCase("a\\ud800b", "a\\ud800b")]
    public async Task A_name_with_a_character_that_PostgreSQL_cannot_hold_stops_nothing(string name, string kept)
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Development.DeployForeign(PromotionPlant.Flows("v2", $$$""",{"id":"x","type":"link in","name":"{{{name}}}","z":"t1","x":1,"y":2,"wires":[["nowhere"]]}"""));
        var promotion = await plant.PromoteAsync();

        await plant.WaitForAsync(promotion, "Succeeded");

        Assert.That(await plant.AskAsync<string>("select node_name from finding where rule = 'NR004' limit 1"), Is.EqualTo(kept));
        Assert.That(plant[0].Revision, Is.EqualTo(plant.Development.Revision), "what is rolled out is what was taken, byte for byte");
    }

    [TestCase("🏭")]
    [TestCase("\\u0000")]
    public async Task An_answer_whose_excerpt_PostgreSQL_cannot_hold_is_told_all_the_same(string odd)
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Development.DeployForeign(PromotionPlant.Flows($"{new string('x', 79)}{odd}"));
        plant.Rollout = PromotionPlant.Quick().Replace("startTimeout: 2s", "startTimeout: 200ms, checks: [{ path: /version, bodyContains: v2 }]", StringComparison.Ordinal);
        var promotion = await plant.PromoteAsync();

        var ended = await plant.WaitForAsync(promotion, "RolledBack");

        Assert.That(ended.Reason, Does.Contain("without 'v2'"));
    }

    [Test]
    public async Task The_second_of_two_promotions_waits_until_the_first_lets_the_target_go()
    {
        await using var plant = await PromotionPlant.StartAsync();
        plant.Rollout = PromotionPlant.Quick().Replace("soak: 0s", "soak: 1s", StringComparison.Ordinal);
        var promotions = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => plant.PromoteAsync()));

        foreach (var promotion in promotions)
        {
            await plant.WaitForAsync(promotion, "Succeeded");
        }

        Assert.That(await plant.AskAsync<int>(
            """
            with held as (
                select promotion_id, min(seq) filter (where type = 'replica') as first, min(at) filter (where type = 'replica') as start, max(at) as finish
                from promotion_event group by promotion_id)
            select count(*)::int from held one join held other on one.promotion_id < other.promotion_id and one.start < other.finish and other.start < one.finish
            """),
            Is.Zero, "two promotions interleaved on one target (I2)");
    }

    [Test]
    public async Task The_same_request_fifty_times_is_one_promotion()
    {
        await using var plant = await PromotionPlant.StartAsync();
        var promotions = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => plant.PromoteAsync(key: "hook:line:msg_1")));

        Assert.That(promotions.Distinct().Count(), Is.EqualTo(1));
        await plant.WaitForAsync(promotions[0], "Succeeded");
        Assert.That(plant[0].Deploys, Has.Count.EqualTo(1));
    }

    [TestCase("answers HTML")]
    [TestCase("is still booting")]
    [TestCase("is away")]
    [TestCase("has no flows")]
    public async Task A_development_instance_that_gives_no_flows_ends_the_promotion_with_a_reason(string how)
    {
        await using var plant = await PromotionPlant.StartAsync();
        switch (how)
        {
            case "answers HTML":
                plant.Development.Faults.OnReadFlows(new Fault.Html(), times: 1000);
                break;
            case "is still booting":
                plant.Development.Faults.OnReadFlows(new Fault.BootNull(), times: 1000);
                break;
            case "is away":
                await plant.Development.DieAsync();
                break;
            default:
                plant.Development.DeployForeign("[]");
                break;
        }

        var ended = await plant.WaitForAsync(await plant.PromoteAsync(), "Failed");

        Assert.That(ended.Reason, Does.Contain("'dev'"));
        Assert.That(ended.Reason, Does.EndWith(".").And.Length.GreaterThan(40), "it says what to do");
    }
}
