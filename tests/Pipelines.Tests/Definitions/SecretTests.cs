using System.Text.Json;
using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;

namespace Pipelines.Tests.Definitions;

[TestFixture]
internal sealed class SecretTests
{
    private const string Value = "hunter2";

    private static readonly SecretReference Token = SecretReference.Parse("${env:TOKEN}");
    private static readonly SecretReference Mounted = SecretReference.Parse("${file:/run/secrets/x}");

    [TestCase("hunter2\n")]
    [TestCase("hunter2\r\n")]
    [TestCase("hunter2")]
    public void The_line_break_at_the_end_of_a_file_is_not_the_secrets(string text) =>
        Assert.That(new SecretResolver(_ => null, _ => text).Resolve(Mounted).Reveal(), Is.EqualTo(Value));

    [Test]
    public void A_resolved_secret_shows_itself_to_nobody_but_who_asks()
    {
        var secret = new SecretResolver(_ => Value, _ => "").Resolve(Token);

        Assert.That(secret.Reveal(), Is.EqualTo(Value));
        Assert.That($"{secret}", Is.EqualTo("***"));
        Assert.That(JsonSerializer.Serialize(new { secret }), Does.Not.Contain(Value));
        Assert.That(JsonSerializer.Serialize(secret, DefinitionJson.Options), Does.Not.Contain(Value));
    }

    [Test]
    public void A_user_may_be_written_in_clear_or_as_a_reference()
    {
        var resolver = new SecretResolver(x => $"value of {x}", _ => "");

        Assert.That(resolver.Resolve("admin").Reveal(), Is.EqualTo("admin"));
        Assert.That(resolver.Resolve("${env:USER_NAME}").Reveal(), Is.EqualTo("value of USER_NAME"));
    }

    [Test]
    public void A_missing_secret_is_named_with_its_cure()
    {
        var resolver = new SecretResolver(_ => null, _ => throw new FileNotFoundException("/run/secrets/x"));

        Assert.That(() => resolver.Resolve(Token), Throws.TypeOf<SecretMissingException>().With.Message.EqualTo("${env:TOKEN} is not set. Set the environment variable TOKEN where the engine runs."));
        Assert.That(() => resolver.Resolve(Mounted), Throws.TypeOf<SecretMissingException>().With.Message.EqualTo("${file:/run/secrets/x} cannot be read (FileNotFoundException). Mount the file where the engine runs, readable for it."));
        Assert.That(() => new SecretResolver(_ => "", _ => "\n").Resolve(Mounted), Throws.TypeOf<SecretMissingException>().With.Message.EqualTo("${file:/run/secrets/x} is empty. Write the secret into the file."));
    }

    [Test]
    public void Readiness_can_show_every_secret_that_is_missing()
    {
        var missing = new SecretResolver(x => x == "PLANT_B_MQTT_USER" ? "me" : null, _ => "p").CheckSecrets(Shipped.Definitions().Instances.Values);

        Assert.That(missing.Select(x => $"{x.Instance} {x.Where} {x.Secret}"), Is.EqualTo(new[]
        {
            "plant-a-dev access.token ${env:PLANT_A_DEV_TOKEN}",
            "plant-a access.token ${env:PLANT_A_TOKEN}",
            "plant-b credentials.mqtt1.password ${env:PLANT_B_MQTT_PASSWORD}",
        }));
    }

    [Test]
    public void A_secret_in_clear_is_repeated_nowhere()
    {
        foreach (var mistake in Mistake.ReadAll("tests/Pipelines.Tests/golden/definitions/mistakes.txt").Where(x => x.Spoilt.Any(y => y.Text.Contains(Value, StringComparison.Ordinal))))
        {
            Assert.That(string.Join('\n', Plant.Problems(mistake.Files())), Does.Not.Contain(Value), mistake.Title);
        }
    }

    [Test]
    public void A_secret_in_clear_is_repeated_nowhere_however_it_is_written(
        [Values("hunter2", "[hunter2]", "{ hunter2 }", "{hunter2}", "{ a: hunter2 }", "*hunter2", "!hunter2", "!hunter2 x", "!hunter2!x y", "!<hunter2", "&hunter2", "&hunter2 x", "'hunter2", "\"hunter2", "\"\\qhunter2\"",
            "%hunter2", "@hunter2", "`hunter2", "|hunter2", ">hunter2", "{hunter2", "[hunter2", "hunter2 #", "? hunter2", "- hunter2", "${hunter2}", "${env:hunter2-}", "${file:hunter2}", "x\thunter2", "\0hunter2")]
        string written,
        [Values(
            "access: { token: § }", "access:\n      token: §", "access:\n      user: me\n      password: §", "access: §", "credentials:\n      mqtt1:\n        password: §",
            "credentials:\n      mqtt1: §", "credentials: §", "environment: [P=§]", "environment:\n      - P=§", "admin: http://me:§@host", "timeouts: { token: § }", "tokn: §")]
        string place)
    {
        var instances = $"{Plant.Instances.Replace("access: { token: \"${env:PLANT_A_TOKEN}\" }", place.Replace("§", written, StringComparison.Ordinal), StringComparison.Ordinal)}";

        Assert.That(string.Join('\n', Plant.Problems(Plant.Files((DefinitionFile.Instances, instances)))), Is.Not.Empty.And.Not.Contains(Value));
    }

    [Test]
    public void What_is_pinned_and_printed_has_references_only()
    {
        var definitions = Shipped.Definitions();
        Environment.SetEnvironmentVariable("PLANT_B_MQTT_PASSWORD", Value);
        try
        {
            var pinned = definitions.Pin("plant-b");
            Assert.That($"{pinned.ToJson()} {pinned} {definitions} {pinned.Instance("plant-b")} {pinned.Instance("plant-b").Access}", Does.Not.Contain(Value));
            Assert.That(new SecretResolver().Resolve(pinned.Instance("plant-b").Credentials["mqtt1"]["password"]).Reveal(), Is.EqualTo(Value));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PLANT_B_MQTT_PASSWORD", null);
        }
    }
}
