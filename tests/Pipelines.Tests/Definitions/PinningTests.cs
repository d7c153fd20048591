using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Testing;

namespace Pipelines.Tests.Definitions;

[TestFixture]
internal sealed class PinningTests
{
    [Test]
    public void The_stored_shape_stays_what_it_is() =>
        Golden.Verify("tests/Pipelines.Tests/golden/definitions/pinned-plant-b.json", Pretty(Shipped.Definitions().Pin("plant-b").ToJson()));

    [Test]
    public void What_is_pinned_comes_back_from_storage_whole()
    {
        foreach (var options in new JsonSerializerOptions?[] { null, JsonSerializerOptions.Default, JsonSerializerOptions.Web })
        {
            var pinned = Shipped.Definitions().Pin("plant-b");
            var back = options is null
                ? PinnedDefinition.FromJson(pinned.ToJson())
                : JsonSerializer.Deserialize<PinnedDefinition>(JsonSerializer.Serialize(pinned, options), options)!;

            Assert.That(back.ToJson(), Is.EqualTo(pinned.ToJson()));
            Assert.That(back.Instance("plant-b").Replica("c").Flows, Is.EqualTo(new Uri("http://plant-b-2:1880/api")));
            Assert.That(back.Instance("plant-b").Credentials["mqtt1"]["password"].ToString(), Is.EqualTo("${env:PLANT_B_MQTT_PASSWORD}"));
            Assert.That(back.Stages[0].SettingsAs<SnapshotSettings>().From, Is.EqualTo("plant-a-dev"));

            var rollout = back.Stages[2].SettingsAs<RolloutSettings>();
            Assert.That(rollout.Waves, Is.EqualTo(new[] { "1", "50%", "rest" }));
            Assert.That(rollout.Soak.Duration, Is.EqualTo(TimeSpan.FromSeconds(30)));
            Assert.That(rollout.Verification.Checks[0].Path, Is.EqualTo("/health"));
            Assert.That(rollout.Verification.Checks[1].JsonEquals, Is.EqualTo("true"));
            Assert.That(rollout.RestoreRetries.Attempts, Is.EqualTo(20), "a default is pinned as it was");
        }
    }

    [Test]
    public void A_field_of_a_later_version_is_skipped()
    {
        var json = JsonNode.Parse(Shipped.Definitions().Pin("plant-a").ToJson())!;
        json["colour"] = "blue";
        json["stages"]![0]!["settings"]!["colour"] = "blue";
        json["instances"]![0]!["colour"] = "blue";

        Assert.That(PinnedDefinition.FromJson(json.ToJsonString()).Stages[0].SettingsAs<SnapshotSettings>().From, Is.EqualTo("plant-a-dev"));
    }

    [Test]
    public void Validation_without_against_asks_every_target_of_the_pipeline()
    {
        var pinned = DefinitionSet.Parse(Plant.Files()).Pin("plant-a");

        Assert.That(pinned.Stages[1].SettingsAs<ValidateSettings>().Against, Is.EqualTo(new[] { "plant-a" }));
        Assert.That(pinned.Instances.Select(x => x.Name), Is.EqualTo(new[] { "plant-a-dev", "plant-a" }));
        Assert.That(pinned.Instance("plant-a").Replicas.Select(x => x.Flows.ToString()), Has.All.Match("^http://plant-a-[0-2]:1880/$"));
    }

    [Test]
    public void A_promotion_finishes_on_what_was_pinned_whatever_happens_to_the_files()
    {
        var before = DefinitionSet.Parse(Plant.Files()).Pin("plant-a");
        var after = DefinitionSet.Parse(Plant.Files((DefinitionFile.Instances, Plant.Instances.Replace("plant-a-2", "plant-a-9", StringComparison.Ordinal)))).Pin("plant-a");

        Assert.That(before.Instance("plant-a").Replica("c").Admin.Host, Is.EqualTo("plant-a-2"));
        Assert.That(after.Digest, Is.EqualTo(before.Digest));
        Assert.That(after.InstancesDigest, Is.Not.EqualTo(before.InstancesDigest));
    }

    [Test]
    public void The_digest_is_that_of_the_file() =>
        Assert.That(DefinitionSet.Parse(Plant.Files()).Pin("plant-a").Digest, Is.EqualTo(Digests.Of(Plant.Pipeline)).And.Length.EqualTo(64));

    [Test]
    public void A_pipeline_that_is_not_there_is_named_with_the_nearest() =>
        Assert.That(() => DefinitionSet.Parse(Plant.Files()).Pin("plnat-a"), Throws.TypeOf<KeyNotFoundException>().With.Message.EqualTo("There is no pipeline 'plnat-a'. Did you mean 'plant-a'?"));

    private static string Pretty(string json) =>
        JsonNode.Parse(json)!.ToJsonString(new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
