using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NJsonSchema;
using NUnit.Framework;
using Pipelines.Cli;
using Pipelines.Testing;

namespace Pipelines.Tests.Cli;

[TestFixture]
public sealed class CheckTests
{
    private static readonly string EveryMistake = Path.Combine(Golden.Root, "tests/Pipelines.Tests/golden/cli/every-mistake.flows.json");
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("pipelines-cli-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("human", "txt")]
    [TestCase("json", "json")]
    [TestCase("sarif", "sarif")]
    [TestCase("github", "txt")]
    [TestCase("junit", "xml")]
    public async Task Every_format_tells_the_same_findings(string format, string extension)
    {
        var (code, output, error) = await Run("check", "-", "--format", format);
        Assert.That((code, error), Is.EqualTo((ExitCode.Findings, "")));
        Golden.Verify($"tests/Pipelines.Tests/golden/cli/every-mistake.{format}.{extension}", output);
    }

    [Test]
    public async Task SARIF_is_SARIF_and_points_to_the_real_lines()
    {
        var (_, output, _) = await Run("check", EveryMistake, "--format", "sarif");
        var schema = await JsonSchema.FromFileAsync(Path.Combine(Golden.Root, "tests/Pipelines.Testing/data/schemas/sarif-2.1.0.schema.json"));
        Assert.That(schema.Validate(output), Is.Empty);
        var results = JsonDocument.Parse(output).RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray().ToList();
        var lines = await File.ReadAllLinesAsync(EveryMistake);
        foreach (var (rule, begins) in new[] { ("HA001", "\"orders/#\""), ("HA002", "\"plant-a\""), ("HA003", "false"), ("HA020", "store.set('n'"), ("NR004", "[\"d1\",\"gone\"]"), ("HA031", "\"rate\""), ("SUP002", "ha-ok: HA010 no") })
        {
            var region = results.Single(x => x.GetProperty("ruleId").GetString() == rule).GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region");
            Assert.That(lines[region.GetProperty("startLine").GetInt32() - 1][(region.GetProperty("startColumn").GetInt32() - 1)..], Does.StartWith(begins), rule);
        }
        Assert.That(results.Single(x => x.GetProperty("ruleId").GetString() == "HA010").GetProperty("suppressions")[0].GetProperty("kind").GetString(), Is.EqualTo("inSource"));
    }

    [Test]
    public async Task JUnit_is_XML_whatever_the_names_are()
    {
        var file = Write("""[{"id":"\u0001","type":"mqtt in","name":"<&\u0002\ud800","topic":"a","z":"t","x":1,"y":1,"wires":[[]]}]""");
        var (_, output, _) = await Run("check", file, "--format", "junit");
        Assert.That(XDocument.Parse(output).Descendants("failure").Single().Parent!.Attribute("name")!.Value, Does.StartWith("HA001"));
    }

    [TestCase("[]", 0, TestName = "Clean")]
    [TestCase("""[{"id":"n","type":"mqtt in","topic":"a","z":"t","x":1,"y":1,"wires":[[]]}]""", 1, TestName = "Findings at the threshold")]
    [TestCase("""[{"id":"n","type":"delay","pauseType":"rate","z":"t","x":1,"y":1,"wires":[[]]}]""", 0, TestName = "Findings below the threshold")]
    [TestCase("nonsense", 2, TestName = "Unusable input")]
    public async Task Exit_codes(string flows, int code) => Assert.That((await Run("check", Write(flows))).Code, Is.EqualTo(code));

    [TestCase(1, "--profile", "strict")]
    [TestCase(1, "--stop-at", "warning")]
    [TestCase(1, "--rule", "HA031=error")]
    [TestCase(0, "--rule", "HA031=off")]
    [TestCase(0, "--profile", "structural")]
    [TestCase(64, "--profile", "none")]
    [TestCase(64, "--rule", "HA031=loud")]
    [TestCase(64, "--rule", "HA999=warn")]
    [TestCase(64, "--format", "xml")]
    [TestCase(64, "--colour", "red")]
    public async Task Options_change_what_stops(int code, string option, string value) =>
        Assert.That((await Run("check", Write("""[{"id":"n","type":"delay","pauseType":"rate","z":"t","x":1,"y":1,"wires":[[]]}]"""), option, value)).Code, Is.EqualTo(code));

    [Test]
    public async Task Without_a_file_or_a_verb_it_is_usage()
    {
        Assert.That((await Run("check")).Code, Is.EqualTo(ExitCode.Usage));
        Assert.That((await Run("chek")).Code, Is.EqualTo(ExitCode.Usage));
        Assert.That((await Run()).Code, Is.EqualTo(ExitCode.Usage));
        Assert.That((await Run("check", "--help")).Code, Is.EqualTo(ExitCode.Clean));
        Assert.That((await Run("--help")).Code, Is.EqualTo(ExitCode.Clean));
    }

    [Test]
    public async Task What_cannot_be_used_is_said_with_its_name()
    {
        Assert.That((await Run("check", "nowhere.json")).Error, Is.EqualTo("nowhere.json: there is no such file.\n"));
        Assert.That((await Run("check", _folder)).Error, Does.Contain("is a folder"));
        Assert.That((await Run("check", new string('a', 64))).Error, Does.Contain("--service"));
        Assert.That((await Run("check", "http://127.0.0.1:1/admin")).Code, Is.EqualTo(ExitCode.Unusable));
    }

    [Test]
    public async Task A_fix_shows_what_it_changes_and_then_writes_it()
    {
        var file = Path.Combine(_folder, "flows.json");
        File.Copy(EveryMistake, file);
        var (_, shown, _) = await Run("check", file, "--fix", "--dry-run", "--group", "plant");
        Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo(await File.ReadAllTextAsync(EveryMistake)), "dry");
        Assert.That(shown, Does.Contain("topic: \"orders/#\" → \"$share/plant/orders/#\"").And.Contain("- wire from output 1 to 'gone'"));
        var (code, _, _) = await Run("check", file, "--fix", "--group", "plant");
        Assert.That(code, Is.EqualTo(ExitCode.Findings), "HA020 is left");
        Golden.Verify("tests/Pipelines.Tests/golden/cli/every-mistake.fixed.flows.json", await File.ReadAllTextAsync(file));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_live_replica_is_asked_too()
    {
        await using var replica = await FakeNodeRed.StartAsync(configure: options => options.Token = null);
        var (code, output, _) = await Run("check", Write("""[{"id":"n","type":"no-such-node","z":"t","x":1,"y":1,"wires":[[]]}]"""), "--target", replica.AdminUrl.ToString());
        Assert.That(code, Is.EqualTo(ExitCode.Findings));
        Assert.That(output, Does.Contain("NR001"));
        Assert.That((await Run("check", replica.AdminUrl.ToString())).Code, Is.EqualTo(ExitCode.Clean), "and its own flows are read");
    }

    [Test]
    public async Task A_snapshot_is_asked_for_by_its_digest()
    {
        var digest = new string('a', 64);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var service = builder.Build();
        service.MapGet("/snapshots/{digest}", (string digest, string flows, HttpRequest request) =>
            request.Headers.Authorization != "Bearer read" ? Results.Unauthorized()
            : digest[0] == 'a' && flows == "true" ? Results.Text("""[{"id":"t","type":"tab"}]""", "application/json")
            : Results.NotFound());
        await service.StartAsync();
        var at = service.Urls.Single();
        Assert.That((await Run("diff", digest, digest, "--service", at)).Error, Does.Contain("wants a token"));
        Assert.That((await Run(false, "read", "diff", digest, digest, "--service", at)).Code, Is.EqualTo(ExitCode.Clean));
        Assert.That((await Run(false, "read", "diff", digest, new string('b', 64), "--service", at)).Error, Does.Contain("has no snapshot bbbbbbbb"));
    }

    [Test]
    public async Task Colours_are_for_terminals()
    {
        Assert.That((await Run("check", EveryMistake)).Output, Does.Not.Contain("\e["));
        Assert.That((await Run(true, null, "check", EveryMistake)).Output, Does.Contain("\e[31merror"));
    }

    [Test]
    public async Task A_name_gets_no_say_over_the_terminal() =>
        Assert.That((await Run("check", Write("""[{"id":"n\u001b[2J","type":"delay","name":"\u001b]0;x\u0007","pauseType":"rate","z":"t","x":1,"y":1,"wires":[[]]}]"""))).Output, Does.Not.Contain('\e'));

    [Test]
    public async Task Every_rule_can_be_explained()
    {
        var (_, list, _) = await Run("explain");
        foreach (var id in list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]))
        {
            Assert.That((await Run("explain", id)).Output, Does.StartWith(id).And.Contain("Why").And.Contain("Cure"));
        }
        Assert.That((await Run("explain", "ha001")).Code, Is.EqualTo(ExitCode.Clean));
        Assert.That((await Run("explain", "HA999")).Code, Is.EqualTo(ExitCode.Usage));
    }

    [Test]
    public async Task A_diff_reads_as_a_person_sees_it()
    {
        var v1 = Path.Combine(Golden.Root, "tests/Pipelines.Testing/data/flows/operating-block-gateway.v1.flows.json");
        var v2 = v1.Replace(".v1.", ".v2.", StringComparison.Ordinal);
        var (code, output, _) = await Run("diff", v1, v2);
        Assert.That(code, Is.EqualTo(ExitCode.Findings));
        Golden.Verify("tests/Pipelines.Tests/golden/cli/gateway-v1-v2.diff.txt", output);
        Assert.That((await Run("diff", v1, v1)).Code, Is.EqualTo(ExitCode.Clean));
        Assert.That((await Run("diff", v1, "nowhere")).Code, Is.EqualTo(ExitCode.Unusable));
        Assert.That((await Run("diff", v1)).Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(JsonDocument.Parse((await Run("diff", v1, v2, "--format", "json")).Output).RootElement.GetProperty("changes").GetArrayLength(), Is.GreaterThan(0));
    }

    private string Write(string flows)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():n}.json");
        File.WriteAllText(file, flows);
        return file;
    }

    private static Task<(int Code, string Output, string Error)> Run(params string[] args) => Run(false, null, args);

    private static async Task<(int Code, string Output, string Error)> Run(bool colours, string? token, params string[] args)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        await using var error = new StringWriter { NewLine = "\n" };
        await using var input = new MemoryStream(await File.ReadAllBytesAsync(EveryMistake));
        var code = await CommandLine.RunAsync(args, new Terminal(output, error, input, colours, name => name == "PIPELINES_SERVICE_TOKEN" ? token : null));
        return (code, output.ToString(), error.ToString());
    }
}
