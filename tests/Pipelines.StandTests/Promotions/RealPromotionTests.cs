using NUnit.Framework;
using Pipelines.Testing.Stand.Flows;

namespace Pipelines.StandTests.Promotions;

/// <summary>Promotions of real flows on real Node-REDs, as the platform's button starts them.</summary>
public sealed class RealPromotionTests
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task Real_flows_reach_every_replica_and_answer_there(bool rabbitMq)
    {
        await using var plant = await RealPlant.StartAsync("soak: 1s, verification: { checks: [{ path: /version, jsonPointer: /version, jsonEquals: \"2\" }] }", rabbitMq);
        var promotion = await plant.PromoteAsync(SampleFlows.GatewayV2);

        await plant.WaitForAsync(promotion, "Succeeded");

        var revision = await plant.Development.Admin.RevisionAsync();
        Assert.That(await plant.RevisionsAsync(), Is.All.EqualTo(revision));
        Assert.That((await plant.Stand.Production.AskAllAsync("/version")).Select(answer => answer.Body), Is.All.Contain("\"version\":\"2\""));
    }

    [Test]
    public async Task Flows_that_need_a_node_type_which_a_replica_lacks_touch_none()
    {
        await using var plant = await RealPlant.StartAsync();
        var before = await plant.RevisionsAsync();
        var promotion = await plant.PromoteAsync($"{SampleFlows.GatewayV2.TrimEnd()[..^1]},{{\"id\":\"x1\",\"type\":\"no-such-node\",\"z\":\"\",\"d\":true}}]");

        var ended = await plant.WaitForAsync(promotion, "Failed");

        Assert.That(ended.GetProperty("reason").GetString(), Does.Contain("no-such-node"));
        Assert.That(await plant.RevisionsAsync(), Is.EqualTo(before));
        Assert.That(ended.GetProperty("findings").EnumerateArray().Count(finding => finding.GetProperty("rule").GetString() == "NR001"), Is.EqualTo(2), "one for each replica");
    }

    [Test]
    public async Task Flows_that_crash_their_process_hit_one_replica_and_it_gets_back_what_it_ran_byte_for_byte()
    {
        await using var plant = await RealPlant.StartAsync(RealPlant.Quick.Replace("soak: 0s", "soak: 15s", StringComparison.Ordinal));
        var revisions = await plant.RevisionsAsync();
        var before = await plant.A.Admin.FlowsAsync();
        var restartsOfB = plant.B.RestartCount;
        var promotion = await plant.PromoteAsync(SampleFlows.GatewayBrokenAtRunTime);

        var ended = await plant.WaitForAsync(promotion, "RolledBack");

        await Task.WhenAll(plant.A.RunningAsync(), plant.B.RunningAsync());
        Assert.Multiple(async () =>
        {
            Assert.That(ended.GetProperty("reason").GetString(), Does.Contain(plant.A.Name).And.Contain("soak"));
            Assert.That(await plant.RevisionsAsync(), Is.EqualTo(revisions));
            Assert.That((await plant.A.Admin.FlowsAsync())!.Flows.ToJsonString(), Is.EqualTo(before!.Flows.ToJsonString()));
            Assert.That(plant.B.RestartCount, Is.EqualTo(restartsOfB), "the second replica was never touched");
        });
    }

    [Test]
    public async Task A_replica_whose_old_flows_hang_when_they_are_closed_is_waited_for()
    {
        await using var plant = await RealPlant.StartAsync();
        await plant.Stand.Production.Replicas[0].Admin.DeployAsync(HangingInClose(SampleFlows.GatewayV1));
        var promotion = await plant.PromoteAsync(SampleFlows.GatewayV2);

        await plant.WaitForAsync(promotion, "Succeeded");

        Assert.That(await plant.RevisionsAsync(), Is.All.EqualTo(await plant.Development.Admin.RevisionAsync()));
    }

    [Test]
    public async Task A_replica_that_is_killed_in_soak_gets_back_what_it_ran_when_its_platform_has_restarted_it()
    {
        await using var plant = await RealPlant.StartAsync(RealPlant.Quick.Replace("soak: 0s", "soak: 30s", StringComparison.Ordinal));
        var before = await plant.RevisionsAsync();
        var promotion = await plant.PromoteAsync(SampleFlows.GatewayV2);
        await plant.ReplicaIsAsync(promotion, plant.A.Name, "Soaking");

        await plant.A.KillAsync();

        await plant.WaitForAsync(promotion, "RolledBack");
        Assert.That(await plant.RevisionsAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task What_somebody_deployed_by_hand_in_between_is_not_overwritten_until_a_person_says_so()
    {
        await using var plant = await RealPlant.StartAsync(RealPlant.Quick.Replace("soak: 0s", "soak: 3s", StringComparison.Ordinal));
        var before = await plant.RevisionsAsync();
        var promotion = await plant.PromoteAsync(SampleFlows.GatewayV2);
        await plant.ReplicaIsAsync(promotion, plant.A.Name, "Soaking");
        var foreign = await plant.B.Admin.DeployAsync(SyntheticFlows.FlowsOf(20, "by hand"));

        var held = await plant.WaitForAsync(promotion, "NeedsAttention");

        Assert.That(await plant.B.Admin.RevisionAsync(), Is.EqualTo(foreign));
        Assert.That(held.GetProperty("replicas").EnumerateArray().Select(replica => replica.GetProperty("runs").GetString()), Has.One.EqualTo(foreign), "every replica is named with what it runs");
        Assert.That(await plant.Promotions.PostAsync(promotion, "abort"), Is.EqualTo(202));
        await plant.WaitForAsync(promotion, "Aborted");
        Assert.That(await plant.RevisionsAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task A_replica_that_freezes_while_it_is_asked_is_asked_again_when_it_thaws()
    {
        await using var plant = await RealPlant.StartAsync("soak: 2s, retries: { attempts: 10, firstDelay: 100ms, maxDelay: 500ms }, deadlines: { answer: 40s, wave: 3m, stage: 10m }");
        var promotion = await plant.PromoteAsync(SampleFlows.GatewayV2);
        await plant.ReplicaIsAsync(promotion, plant.A.Name, "Soaking");
        plant.B.Pause();
        await plant.ReplicaIsAsync(promotion, plant.B.Name, "Deploying");

        plant.B.Resume();

        await plant.WaitForAsync(promotion, "Succeeded");
        Assert.That(await plant.RevisionsAsync(), Is.All.EqualTo(await plant.Development.Admin.RevisionAsync()));
    }

    [Test]
    public async Task What_a_promotion_changes_is_shown_and_replicas_that_differed_before_are_pointed_out()
    {
        await using var plant = await RealPlant.StartAsync();
        await plant.B.Admin.DeployAsync(SyntheticFlows.FlowsOf(20, "by hand"));
        var promotion = await plant.PromoteAsync(SampleFlows.GatewayV2);
        await plant.WaitForAsync(promotion, "Succeeded");

        var target = (await plant.Promotions.GetAsync(new Uri($"{promotion}/diff", UriKind.Relative))).GetProperty("targets").EnumerateArray().Single();

        Assert.That(target.GetProperty("warning").GetString(), Does.Contain(plant.A.Name).And.Contain(plant.B.Name).And.Contain("differ"));
        var changes = target.GetProperty("groups").EnumerateArray().Single(group => group.GetProperty("replicas")[0].GetString() == plant.A.Name).GetProperty("diff").GetProperty("changes");
        Assert.That(changes.EnumerateArray().Select(change => change.GetProperty("kind").GetString()), Has.Some.EqualTo("added").And.Some.EqualTo("changed"));
    }

    [Test]
    public async Task The_button_pressed_twice_with_one_delivery_is_one_promotion()
    {
        await using var plant = await RealPlant.StartAsync();
        await plant.Development.Admin.DeployAsync(SampleFlows.GatewayV2);

        var first = await plant.PressAsync("msg_same");
        var second = await plant.PressAsync("msg_same");

        Assert.That(second, Is.EqualTo(first));
        await plant.WaitForAsync(first, "Succeeded");
    }

    [Test]
    public async Task A_promotion_finishes_on_the_definition_it_began_with_and_a_bad_file_leaves_the_last_good_one_in_force()
    {
        await using var plant = await RealPlant.StartAsync(RealPlant.Quick.Replace("soak: 0s", "soak: 4s", StringComparison.Ordinal));
        var promotion = await plant.PromoteAsync(SampleFlows.GatewayV2);
        await plant.ReplicaIsAsync(promotion, plant.A.Name, "Soaking");

        plant.Definitions.WritePipeline("soak: 0s, verification: { checks: [/no-such-path], startTimeout: 500ms }");
        await plant.PipelineIsAsync(pipeline => pipeline.GetRawText().Contains("no-such-path", StringComparison.Ordinal), "the changed file to be in force");
        await plant.WaitForAsync(promotion, "Succeeded");
        var pinned = await plant.WaitForAsync(await plant.PressAsync(), "RolledBack", "Succeeded");
        Assert.That(pinned.GetProperty("state").GetString(), Is.EqualTo("RolledBack"), "the next promotion walks by the changed file");

        plant.Definitions.WritePipeline("soak: 0s, waves: [one]");
        await plant.ProblemsSayAsync("a wave is a number");
        Assert.That(await plant.PressAsync(), Is.Not.Null, "the last good definition is in force");
    }

    /// <summary>A function node that never calls back when it is closed: Node-RED waits for it, 15 s unless set otherwise.</summary>
    private static string HangingInClose(string flows) =>
        $$"""{{flows.TrimEnd()[..^1]}},{"id":"hang-tab","type":"tab","label":"Hangs"},{"id":"hang","type":"function","z":"hang-tab","name":"hangs","func":"return msg;","outputs":1,"initialize":"node.on('close', (removed, done) => {});","finalize":"","libs":[],"x":1,"y":1,"wires":[[]]}]""";
}
