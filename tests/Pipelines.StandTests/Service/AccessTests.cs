using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Pipelines.Service.Http;

namespace Pipelines.ServiceTests;

/// <summary>A token that is limited to pipelines: what is about others is not there for it, at any address that the API describes.</summary>
internal sealed class AccessTests
{
    private AccessPlant _plant = null!;

    [OneTimeSetUp]
    public async Task Start() => _plant = await AccessPlant.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _plant.DisposeAsync();

    [Test]
    public async Task What_is_of_another_pipeline_is_not_there_whatever_is_done_with_it()
    {
        using var limited = await _plant.ClientAsync(Scopes.Administer, "other-line");
        var operations = (await OperationsAsync()).Where(x => x.Path.Contains('{', StringComparison.Ordinal)).ToList();
        Assert.That(operations, Has.Count.GreaterThan(15));
        foreach (var (method, path) in operations)
        {
            using var refused = await SendAsync(limited, method, _plant.Line.PathOf(path));
            await ServiceUnderTest.ProblemOf(refused, 404);
            Assert.That(await refused.Content.ReadAsStringAsync(), Does.Not.Contain("Did you mean 'line'"), path);
        }

        foreach (var path in operations.Where(x => x.Method == HttpMethod.Get).Select(x => x.Path))
        {
            using var foreign = await SendAsync(_plant.Service.Admin, HttpMethod.Get, _plant.Line.PathOf(path));
            using var own = await SendAsync(limited, HttpMethod.Get, _plant.OtherLine.PathOf(path));
            Assert.That(foreign.IsSuccessStatusCode, $"{path} is there for whoever is not limited, else this test shows nothing: {await foreign.Content.ReadAsStringAsync()}");
            Assert.That(own.IsSuccessStatusCode, $"{path}: {await own.Content.ReadAsStringAsync()}");
        }
    }

    [Test]
    public async Task Lists_have_nothing_of_another_pipeline()
    {
        using var limited = await _plant.ClientAsync(Scopes.Administer, "other-line");
        var lists = (await OperationsAsync()).Where(x => x.Method == HttpMethod.Get && !x.Path.Contains('{', StringComparison.Ordinal)).ToList();
        Assert.That(lists, Has.Count.GreaterThan(6));
        foreach (var (method, path) in lists)
        {
            using var all = await SendAsync(_plant.Service.Admin, method, $"{path}?limit=200", "?limit=200");
            using var some = await SendAsync(limited, method, $"{path}?limit=200", "?limit=200");
            var (whole, part) = (await all.Content.ReadAsStringAsync(), await some.Content.ReadAsStringAsync());
            Assert.That((int)some.StatusCode, Is.EqualTo(200), part);
            // What the replicas run that both roll out to is for both to see.
            foreach (var mark in _plant.Line.Marks.Where(x => path != "/instances" || x != _plant.Line.Digest))
            {
                Assert.That(part, Does.Not.Contain(mark), path);
            }

            var items = (await ServiceUnderTest.JsonOf(some)).GetProperty("items");
            Assert.That(items.GetArrayLength(), Is.GreaterThan(0), $"{path} has what is its own: {part}");
            Assert.That(whole, Does.Contain(items[0].GetRawText()[..30]), path);
        }

        var elsewhere = await limited.GetFromJsonAsync<JsonElement>("/promotions?pipeline=line");
        Assert.That(elsewhere.GetProperty("items").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task It_promotes_through_its_own_pipelines_and_only_what_those_have_seen()
    {
        using var limited = await _plant.ClientAsync(Scopes.Promote, "other-line");
        using var own = await limited.PostAsJsonAsync("/promotions", new { pipeline = "other-line", snapshotDigest = _plant.OtherLine.Digest, until = "validate" });
        using var other = await limited.PostAsJsonAsync("/promotions", new { pipeline = "line" });
        using var othersFlows = await limited.PostAsJsonAsync("/promotions", new { pipeline = "other-line", snapshotDigest = _plant.Line.Digest });

        Assert.That(own.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await own.Content.ReadAsStringAsync());
        await ServiceUnderTest.ProblemOf(other, 404);
        await ServiceUnderTest.ProblemOf(othersFlows, 422);
    }

    [Test]
    public async Task It_hands_on_no_more_than_it_has()
    {
        using var limited = await _plant.ClientAsync(Scopes.Administer, "other-line");
        using var wider = await limited.PostAsJsonAsync("/tokens", new { name = "wider", scopes = new[] { "read" }, pipelines = new[] { "other-line", "line" } });
        using var nothingSaid = await limited.PostAsJsonAsync("/tokens", new { name = "nothing said", scopes = new[] { "read" } });
        using var hearsMore = await limited.PostAsJsonAsync("/webhooks", new { url = "http://127.0.0.1:9/", pipelines = new[] { "line" } });
        using var hears = await limited.PostAsJsonAsync("/webhooks", new { url = "http://127.0.0.1:9/" });

        Assert.That((await ServiceUnderTest.ProblemOf(wider, 422)).GetProperty("detail").GetString(), Does.Contain("no pipeline 'line'"));
        var token = await ServiceUnderTest.JsonOf(nothingSaid);
        Assert.That(Names(token.GetProperty("pipelines")), Is.EqualTo(new[] { "other-line" }));
        using var heir = _plant.Service.ClientOf(token.GetProperty("token").GetString()!);
        using var unseen = await heir.GetAsync(new Uri($"/promotions/{_plant.Line.Promotion}", UriKind.Relative));
        await ServiceUnderTest.ProblemOf(unseen, 404);

        await ServiceUnderTest.ProblemOf(hearsMore, 422);
        var webhook = (await ServiceUnderTest.JsonOf(hears)).GetProperty("id").GetGuid();
        using var widened = await limited.PatchAsJsonAsync($"/webhooks/{webhook}", new { pipelines = Array.Empty<string>() });
        Assert.That(Names((await ServiceUnderTest.JsonOf(widened)).GetProperty("pipelines")), Is.EqualTo(new[] { "other-line" }), "all that it reaches");
    }

    [TestCase("""["lin"]""", 422, "There is no pipeline 'lin'. Did you mean 'line'?")]
    [TestCase("""["line","nowhere-near-it"]""", 422, "There is no pipeline 'nowhere-near-it'.")]
    [TestCase("[]", 400, "names none")]
    [TestCase("\"line\"", 400, "is a list")]
    [TestCase("[1]", 400, "is a list")]
    public async Task A_limit_that_means_nothing_is_refused_by_name(string pipelines, int status, string why)
    {
        using var content = new StringContent($$"""{"name":"mistaken","scopes":["read"],"pipelines":{{pipelines}}}""", Encoding.UTF8, "application/json");
        using var response = await _plant.Service.Admin.PostAsync(new Uri("/tokens", UriKind.Relative), content);

        Assert.That((await ServiceUnderTest.ProblemOf(response, status)).GetProperty("detail").GetString(), Does.Contain(why));
    }

    [TestCase("""["\ud800"]""", "surrogate")]
    [TestCase("""["\u0000"]""", "control character")]
    [TestCase("""["reed"]""", "read, promote, operate, administer")]
    [TestCase("[[]]", "read, promote, operate, administer")]
    [TestCase("{}", "read, promote, operate, administer")]
    public async Task A_scope_that_is_none_is_refused(string scopes, string why)
    {
        using var content = new StringContent($$"""{"name":"mistaken","scopes":{{scopes}}}""", Encoding.UTF8, "application/json");
        using var response = await _plant.Service.Admin.PostAsync(new Uri("/tokens", UriKind.Relative), content);

        Assert.That((await ServiceUnderTest.ProblemOf(response, 400)).GetProperty("detail").GetString(), Does.Contain(why));
    }

    [Test]
    public async Task A_token_says_what_it_is_limited_to()
    {
        var tokens = (await _plant.Service.GetAsync("/tokens")).GetProperty("items").EnumerateArray().ToDictionary(x => x.GetProperty("name").GetString()!, x => x.GetProperty("pipelines"));

        Assert.That(Names(tokens["of line"]), Is.EqualTo(new[] { "line" }));
        Assert.That(tokens["admin"].ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    private static IEnumerable<string?> Names(JsonElement list) => list.EnumerateArray().Select(x => x.GetString());

    /// <summary>Every operation that asks for a token, as the service describes itself.</summary>
    private async Task<IReadOnlyList<(HttpMethod Method, string Path)>> OperationsAsync()
    {
        var document = await _plant.Service.GetAsync("/openapi/v1.json");
        return
        [
            .. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
                .Where(operation => operation.Value.TryGetProperty("security", out _))
                .Select(operation => (HttpMethod.Parse(operation.Name), path.Name))),
        ];
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string? orWithout = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (method != HttpMethod.Get)
        {
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        }

        var response = await client.SendAsync(request);
        if (response.StatusCode != HttpStatusCode.BadRequest || orWithout is null)
        {
            return response;
        }

        response.Dispose();
        return await client.GetAsync(new Uri(path.Replace(orWithout, "", StringComparison.Ordinal), UriKind.Relative));
    }
}
