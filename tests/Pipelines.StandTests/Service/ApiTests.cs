using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Service.Http;

namespace Pipelines.ServiceTests;

internal sealed class ApiTests
{
    private ServiceUnderTest _service = null!;

    [OneTimeSetUp]
    public async Task Start() => _service = await ServiceUnderTest.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _service.DisposeAsync();

    [Test]
    public async Task The_same_key_and_request_are_the_same_promotion_and_another_request_is_refused()
    {
        using var first = await PromoteAsync(new { pipeline = "line", note = "a" }, "\"key-1\"");
        using var again = await PromoteAsync(new { pipeline = "line", note = "a" }, "key-1");
        using var other = await PromoteAsync(new { pipeline = "line", note = "b" }, "key-1");
        using var otherPipeline = await PromoteAsync(new { pipeline = "other-line", note = "a" }, "key-1");

        Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await first.Content.ReadAsStringAsync());
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        Assert.That(again.Headers.Location, Is.EqualTo(first.Headers.Location));
        Assert.That((await ServiceUnderTest.JsonOf(again)).GetProperty("duplicate").GetBoolean(), Is.True);
        await ServiceUnderTest.ProblemOf(other, 422);
        await ServiceUnderTest.ProblemOf(otherPipeline, 422);
    }

    [Test]
    public async Task A_list_is_read_page_by_page_and_each_promotion_once()
    {
        var promoted = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            using var response = await PromoteAsync(new { pipeline = "other-line" }, null);
            promoted.Add((await ServiceUnderTest.JsonOf(response)).GetProperty("id").GetGuid());
        }

        var seen = new List<Guid>();
        for (var next = "/promotions?pipeline=other-line&limit=2"; next is not null;)
        {
            var page = await _service.GetAsync(next);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(x => x.GetProperty("id").GetGuid()));
            next = page.GetProperty("next").GetString();
        }

        Assert.That(seen.Take(5), Is.EqualTo(promoted.AsEnumerable().Reverse()));
        Assert.That(seen, Is.Unique);
        await _service.EndOfAsync(promoted[^1], "Succeeded");
        var succeeded = await _service.GetAsync("/promotions?state=succeeded&limit=200");
        Assert.That(succeeded.GetProperty("items").EnumerateArray().Select(x => x.GetProperty("state").GetString()), Is.All.EqualTo("Succeeded"));
    }

    [TestCase("/promotions?limit=0", "limit")]
    [TestCase("/promotions?limit=201", "limit")]
    [TestCase("/promotions?limit=ten", "limit")]
    [TestCase("/promotions?state=Runing", "state")]
    [TestCase("/promotions?after=nonsense", "cursor")]
    [TestCase("/promotions?pipeline=%00", "control character")]
    [TestCase("/snapshots/abc", "digest", 404)]
    [TestCase("/promotions/not-an-id", "nothing at this address", 404)]
    [TestCase("/promotions/6f9619ff-8b86-d011-b42d-00c04fc964ff", "There is no promotion", 404)]
    [TestCase("/promotions/6f9619ff-8b86-d011-b42d-00c04fc964ff/events", "There is no promotion", 404)]
    [TestCase("/pipelines/lin", "Did you mean 'line'?", 404)]
    [TestCase("/nowhere", "nothing at this address", 404)]
    [TestCase("/hooks/line", "POST", 405)]
    public async Task A_question_that_has_no_answer_gets_a_problem(string path, string why, int status = 400)
    {
        using var response = await _service.Admin.GetAsync(new Uri(path, UriKind.Relative));

        var problem = await ServiceUnderTest.ProblemOf(response, status);
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain(why));
    }

    [TestCase("{\"pipeline\":\"line\",\"pipelin\":1}", 400, "'pipelin' is not known")]
    [TestCase("{\"pipeline\":\"line\",\"pipeline\":\"line\"}", 400, "twice")]
    [TestCase("{}", 400, "'pipeline' is missing")]
    [TestCase("", 400, "'pipeline' is missing")]
    [TestCase("{\"pipeline\":\"li\\nne\"}", 400, "control character")]
    [TestCase("{\"pipeline\":7}", 400, "a text is expected")]
    [TestCase("{\"pipeline\":\"line\"", 400, "line 1")]
    [TestCase("{\"pipeline\":\"lime\"}", 404, "Did you mean 'line'?")]
    [TestCase("{\"pipeline\":\"line\",\"snapshotDigest\":\"x\"}", 400, "64 lowercase hex")]
    public async Task A_request_with_a_mistake_is_told_which(string body, int status, string why)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _service.Admin.PostAsync(new Uri("/promotions", UriKind.Relative), content);

        var problem = await ServiceUnderTest.ProblemOf(response, status);
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain(why));
    }

    [Test]
    public async Task Invalid_UTF8_and_other_types_and_bad_keys_are_refused()
    {
        using var broken = new ByteArrayContent([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        broken.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var notText = await _service.Admin.PostAsync(new Uri("/promotions", UriKind.Relative), broken);
        using var form = new FormUrlEncodedContent([new("pipeline", "line")]);
        using var notJson = await _service.Admin.PostAsync(new Uri("/promotions", UriKind.Relative), form);
        using var badKey = await PromoteAsync(new { pipeline = "line" }, "\"\"");

        await ServiceUnderTest.ProblemOf(notText, 400);
        await ServiceUnderTest.ProblemOf(notJson, 415);
        await ServiceUnderTest.ProblemOf(badKey, 400);
    }

    [Test]
    public async Task An_end_is_neither_aborted_nor_retried()
    {
        var id = await _service.PromoteAsync();
        await _service.EndOfAsync(id, "Succeeded");
        using var abort = await _service.Admin.PostAsync(new Uri($"/promotions/{id}/abort", UriKind.Relative), null);
        using var retry = await _service.Admin.PostAsync(new Uri($"/promotions/{id}/retry", UriKind.Relative), null);
        using var nobody = await _service.Admin.PostAsync(new Uri($"/promotions/{Guid.NewGuid()}/retry", UriKind.Relative), null);

        Assert.That((await ServiceUnderTest.ProblemOf(abort, 409)).GetProperty("detail").GetString(), Does.Contain("has ended as Succeeded"));
        await ServiceUnderTest.ProblemOf(retry, 409);
        await ServiceUnderTest.ProblemOf(nobody, 404);
    }

    [Test]
    public async Task A_snapshot_gives_back_its_bytes_and_says_where_it_came_from()
    {
        var id = await _service.PromoteAsync();
        var promotion = await _service.EndOfAsync(id, "Succeeded");
        var digest = promotion.GetProperty("snapshotDigest").GetString();
        var snapshot = await _service.GetAsync($"/snapshots/{digest}");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/snapshots/{digest}") { Headers = { { "Accept", "application/vnd.node-red.flows+json" } } };
        using var byAccept = await _service.Admin.SendAsync(request);
        var flows = await _service.Admin.GetByteArrayAsync(new Uri($"/snapshots/{digest}?flows=true", UriKind.Relative));

        Assert.That(flows, Is.EqualTo(_service.Development.FlowBytes.ToArray()));
        Assert.That(await byAccept.Content.ReadAsByteArrayAsync(), Is.EqualTo(flows));
        Assert.That(snapshot.GetProperty("size").GetInt32(), Is.EqualTo(flows.Length));
        Assert.That(snapshot.GetProperty("provenance")[0].GetProperty("instance").GetString(), Is.EqualTo("dev"));
    }

    [Test]
    public async Task Pipelines_show_every_setting_in_effect_and_their_file()
    {
        var list = await _service.GetAsync("/pipelines");
        var line = await _service.GetAsync("/pipelines/line");

        Assert.That(list.GetProperty("items").EnumerateArray().Select(x => x.GetProperty("name").GetString()), Is.EqualTo(new[] { "line", "other-line" }));
        Assert.That(line.GetProperty("source").GetString(), Is.EqualTo(ServiceUnderTest.Pipeline("line")));
        Assert.That(line.GetProperty("stages")[2].GetProperty("settings").GetProperty("maxUnavailable").GetString(), Is.EqualTo("1"));
        Assert.That(list.GetRawText(), Does.Not.Contain("fake-token"));
    }

    [Test]
    public async Task A_bad_change_of_a_definition_is_shown_and_the_last_good_one_stays()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(service.Folder, "line.pipeline.yaml"), "name: line\nstagges: []\n");
        service.Services.GetRequiredService<DefinitionShelf>().Reload();
        var list = await service.GetAsync("/pipelines");
        var line = await service.GetAsync("/pipelines/line");

        Assert.That(list.GetProperty("items").GetArrayLength(), Is.EqualTo(2));
        Assert.That(list.GetProperty("problems")[0].GetProperty("file").GetString(), Is.EqualTo("line.pipeline.yaml"));
        Assert.That(line.GetProperty("problems").GetArrayLength(), Is.GreaterThan(0));
        Assert.That(line.GetProperty("source").GetString(), Is.EqualTo(ServiceUnderTest.Pipeline("line")));
    }

    [Test]
    public async Task Instances_say_what_each_replica_runs_and_which_is_silent()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        await service.Replicas[1].DieAsync();
        var list = await service.GetAsync("/instances");

        var plant = list.GetProperty("items").EnumerateArray().Single(x => x.GetProperty("name").GetString() == "plant").GetProperty("replicas");
        Assert.That(plant[0].GetProperty("revision").GetString(), Is.EqualTo(service.Replicas[0].Revision.ToString()));
        Assert.That(plant[0].GetProperty("state").GetString(), Is.EqualTo("start"));
        Assert.That(plant[0].GetProperty("trouble").GetString(), Is.Null);
        Assert.That(plant[1].GetProperty("revision").GetString(), Is.Null);
        Assert.That(plant[1].GetProperty("trouble").GetString(), Does.Contain("b"));
    }

    [Test]
    public async Task A_token_does_what_its_scopes_say_until_it_is_revoked()
    {
        using var made = await _service.Admin.PostAsJsonAsync("/tokens", new { name = "reader", scopes = new[] { "read" } });
        var token = await ServiceUnderTest.JsonOf(made);
        using var reader = _service.ClientOf(token.GetProperty("token").GetString()!);
        using var reads = await reader.GetAsync(new Uri("/promotions", UriKind.Relative));
        using var promotes = await reader.PostAsJsonAsync("/promotions", new { pipeline = "line" });
        using var operates = await reader.PostAsync(new Uri($"/promotions/{Guid.NewGuid()}/abort", UriKind.Relative), null);
        using var administers = await reader.GetAsync(new Uri("/tokens", UriKind.Relative));

        Assert.That(reads.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await ServiceUnderTest.ProblemOf(promotes, 403)).GetProperty("scope").GetString(), Is.EqualTo("promote"));
        Assert.That((await ServiceUnderTest.ProblemOf(operates, 403)).GetProperty("scope").GetString(), Is.EqualTo("operate"));
        Assert.That((await ServiceUnderTest.ProblemOf(administers, 403)).GetProperty("scope").GetString(), Is.EqualTo("administer"));

        var listed = (await _service.GetAsync("/tokens")).GetProperty("items").EnumerateArray().Single(x => x.GetProperty("name").GetString() == "reader");
        Assert.That(listed.GetProperty("lastUsedAt").GetString(), Is.Not.Null);
        using var twin = await _service.Admin.PostAsJsonAsync("/tokens", new { name = "reader", scopes = new[] { "read" } });
        await ServiceUnderTest.ProblemOf(twin, 409);

        using var revoked = await _service.Admin.DeleteAsync(new Uri($"/tokens/{token.GetProperty("id").GetString()}", UriKind.Relative));
        using var after = await reader.GetAsync(new Uri("/promotions", UriKind.Relative));
        using var again = await _service.Admin.DeleteAsync(new Uri($"/tokens/{token.GetProperty("id").GetString()}", UriKind.Relative));
        Assert.That(revoked.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await ServiceUnderTest.ProblemOf(after, 401);
        await ServiceUnderTest.ProblemOf(again, 404);
    }

    [Test]
    public async Task Without_a_token_nothing_is_read_or_written()
    {
        using var none = await _service.Anonymous.GetAsync(new Uri("/promotions", UriKind.Relative));
        using var stranger = _service.ClientOf("pl_nobody");
        using var unknown = await stranger.PostAsJsonAsync("/promotions", new { pipeline = "line" });

        await ServiceUnderTest.ProblemOf(none, 401);
        Assert.That(none.Headers.WwwAuthenticate.Single().ToString(), Is.EqualTo("Bearer"));
        await ServiceUnderTest.ProblemOf(unknown, 401);
        Assert.That(unknown.Headers.WwwAuthenticate.Single().ToString(), Does.Contain("invalid_token"));
    }

    [Test]
    public void Every_endpoint_needs_a_scope_but_those_that_are_meant_for_all()
    {
        var open = _service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(x => x.Metadata.GetMetadata<IAllowAnonymous>() is not null || x.Metadata.GetMetadata<NeedsScope>() is null || x.Metadata.GetMetadata<IAuthorizeData>() is null)
            .Select(x => "/" + x.RoutePattern.RawText!.TrimStart('/'))
            .Where(x => !x.StartsWith("/docs", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

        Assert.That(open, Is.EqualTo(new[] { "/asyncapi.yaml", "/health/live", "/health/ready", "/hooks/{pipeline}", "/openapi/{documentName}.json" }));
    }

    [Test]
    public void No_secret_is_in_the_log()
    {
        Assert.That(_service.Log.All, Has.None.Contains(ServiceUnderTest.AdminToken));
        Assert.That(_service.Log.All, Has.None.Contains(ServiceUnderTest.Secret));
    }

    [Test]
    public async Task No_request_however_odd_is_answered_with_500()
    {
        var random = new Random(20261125);
        string[] paths = ["/promotions", $"/promotions/{Guid.NewGuid()}/abort", "/tokens"];
        for (var i = 0; i < 200; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(60)).Select(_ => "{}[]\":,\\u0dabn1e+-pielnsco "[random.Next(27)])]);
            using var content = new StringContent(random.Next(2) == 0 ? text : $$"""{"pipeline":"{{text}}","name":"{{text}}","scopes":["{{text}}"]}""", Encoding.UTF8, "application/json");
            using var response = await _service.Admin.PostAsync(new Uri(paths[random.Next(paths.Length)], UriKind.Relative), content);
            Assert.That((int)response.StatusCode, Is.LessThan(500), $"{i}: {text}");
        }
    }

    private async Task<HttpResponseMessage> PromoteAsync(object body, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/promotions") { Content = JsonContent.Create(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await _service.Admin.SendAsync(request);
    }
}
