using NUnit.Framework;
using Pipelines.Cli;
using Pipelines.Testing;

namespace Pipelines.Tests.Cli;

[TestFixture]
public sealed class DiffOfInstancesTests
{
    private const string Old = """[{"id":"t","type":"tab","label":"Line 1"},{"id":"n","type":"debug","name":"old","z":"t","x":1,"y":1,"wires":[]}]""";
    private const string New = """[{"id":"t","type":"tab","label":"Line 1"},{"id":"n","type":"debug","name":"new","z":"t","x":1,"y":1,"wires":[]}]""";
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private string _folder = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("pipelines-names-").FullName;
        _environment["PLANT_TOKEN"] = "fake-token";
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Instances_are_known_by_name_and_entered_by_reference()
    {
        await using var dev = await RunningAsync(New);
        await using var a = await RunningAsync(Old);
        await using var b = await RunningAsync(Old);
        Define(dev.AdminUrl, a.AdminUrl, b.AdminUrl);
        var (code, output, error) = await RunAsync("plant-dev", "plant");
        Assert.That((code, error), Is.EqualTo((ExitCode.Findings, "")));
        Assert.That(output, Does.Contain("name: \"new\" → \"old\""));
        Assert.That((await RunAsync("plant", "plant")).Code, Is.EqualTo(ExitCode.Clean));
        Assert.That((await RunAsync("plant/a", "plant/b")).Code, Is.EqualTo(ExitCode.Clean));
    }

    [Test]
    public async Task Replicas_that_differ_are_pointed_out_and_one_can_be_named()
    {
        await using var dev = await RunningAsync(New);
        await using var a = await RunningAsync(Old);
        await using var b = await RunningAsync(New);
        Define(dev.AdminUrl, a.AdminUrl, b.AdminUrl);
        var (code, _, error) = await RunAsync("plant-dev", "plant");
        Assert.That(code, Is.EqualTo(ExitCode.Unusable));
        Assert.That(error, Does.StartWith("plant: its replicas differ from one another: a runs ").And.Contain("; b runs ").And.Contain("pipelines diff plant/a plant/b"));
        Assert.That((await RunAsync("plant/a", "plant/b")).Code, Is.EqualTo(ExitCode.Findings));
        Assert.That((await RunAsync("plant-dev", "plant/b")).Code, Is.EqualTo(ExitCode.Clean));
    }

    [Test]
    public async Task A_replica_that_is_away_is_named()
    {
        await using var dev = await RunningAsync(New);
        await using var a = await RunningAsync(Old);
        Define(dev.AdminUrl, a.AdminUrl, Nobody(3));
        var (code, _, error) = await RunAsync("plant-dev", "plant");
        Assert.That(code, Is.EqualTo(ExitCode.Unusable));
        Assert.That(error, Does.StartWith("plant/b: ").And.Not.Contain("plant/a: "));
    }

    [Test]
    public async Task A_variable_that_is_not_set_is_named()
    {
        Define(Nobody(1), Nobody(2), Nobody(3));
        _environment.Clear();
        Assert.That(await RunAsync("plant", "plant"), Is.EqualTo((ExitCode.Unusable, "", "plant: ${env:PLANT_TOKEN} is not set. Set the environment variable PLANT_TOKEN here.\n")));
    }

    [TestCase("plant-deb", "no instance 'plant-deb' in ", "Did you mean 'plant-dev'?")]
    [TestCase("plant/c", "plant has no replica 'c'.", "It has a, b.")]
    [TestCase("plant-dev/a", "a development instance", "Write plant-dev.")]
    public async Task A_name_that_is_not_known_is_answered_with_those_that_are(string name, string what, string cure)
    {
        Define(Nobody(1), Nobody(2), Nobody(3));
        var (code, _, error) = await RunAsync(name, "plant");
        Assert.That(code, Is.EqualTo(ExitCode.Unusable));
        Assert.That(error, Does.Contain(what).And.Contain(cure));
    }

    [Test]
    public async Task A_folder_without_definitions_and_one_with_mistakes_are_said()
    {
        Assert.That((await RunAsync("plant", "plant")).Error, Does.Contain("there is no such file").And.Contain("--definitions DIR"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "instances.yaml"), "instances:\n  plant-dev: { admn: http://dev:1880 }\n");
        var (code, _, error) = await RunAsync("plant-dev", "plant-dev");
        Assert.That(code, Is.EqualTo(ExitCode.Unusable));
        Assert.That(error, Does.Contain("instances.yaml:2:").And.Contain("Did you mean 'admin'?"));
    }

    // Nothing listens on the first ports.
    private static Uri Nobody(int port) => new($"http://127.0.0.1:{port}/admin");

    private static Task<FakeNodeRed> RunningAsync(string flows) => FakeNodeRed.StartAsync(configure: options => options.Flows = flows);

    private void Define(Uri dev, Uri a, Uri b) => File.WriteAllText(Path.Combine(_folder, "instances.yaml"), $$"""
        instances:
          plant-dev: { admin: {{dev}}, access: { token: "${env:PLANT_TOKEN}" } }
          plant:
            replicas: { a: {{a}}, b: {{b}} }
            access: { token: "${env:PLANT_TOKEN}" }
        """);

    private async Task<(int Code, string Output, string Error)> RunAsync(string a, string b)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        await using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(["diff", a, b, "--definitions", _folder], new Terminal(output, error, Stream.Null, false, _environment.GetValueOrDefault));
        return (code, output.ToString(), error.ToString());
    }
}
