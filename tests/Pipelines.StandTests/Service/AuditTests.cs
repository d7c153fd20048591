using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Pipelines.Service.Http;
using Pipelines.Testing;

namespace Pipelines.ServiceTests;

/// <summary>Every change says who asked for it: on the promotion's timeline, or in the audit.</summary>
internal sealed class AuditTests
{
    private AccessPlant _plant = null!;

    [OneTimeSetUp]
    public async Task Start() => _plant = await AccessPlant.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _plant.DisposeAsync();

    [Test]
    public async Task Each_change_has_a_line_with_who_and_what()
    {
        using var made = await _plant.Service.Admin.PostAsJsonAsync("/tokens", new { name = "grace", scopes = new[] { "administer" } });
        var token = await ServiceUnderTest.JsonOf(made);
        var (id, text) = (token.GetProperty("id").GetGuid(), token.GetProperty("token").GetString()!);
        using var grace = _plant.Service.ClientOf(text);
        await ChangeEverythingAsync(grace, (await _plant.SetAsideAsync(_plant.Line.Promotion), await _plant.SetAsideAsync(null)), expectedToWork: true);

        var lines = await LinesAsync("/audit?by=grace");

        Assert.That(lines.Select(x => x.GetProperty("action").GetString()), Is.EqualTo(new[]
        {
            "dead-letter.discarded", "dead-letter.replayed", "webhook.deleted", "webhook.secret-rotated", "webhook.delivery-resent", "webhook.enabled", "webhook.disabled", "webhook.changed",
            "webhook.made", "schedule.resumed", "token.revoked", "token.made",
        }));
        Assert.That(lines.Select(x => x.GetProperty("tokenId").GetGuid()), Is.All.EqualTo(id));
        Assert.That(lines.Select(x => x.GetProperty("id").GetInt64()), Is.Ordered.Descending);
        var resumed = lines.Single(x => x.GetProperty("action").GetString() == "schedule.resumed");
        Assert.That(resumed.GetProperty("about").GetString(), Is.EqualTo("/pipelines/line/schedules/once"));
        Assert.That(resumed.GetProperty("pipelines")[0].GetString(), Is.EqualTo("line"));
        Assert.That(lines[^1].GetProperty("data").GetRawText(), Does.Contain("heir").And.Contain("read"));
        Assert.That(string.Join('\n', lines), Does.Not.Contain("whsec_").And.Not.Contain("pl_"), "never secrets");

        var about = await LinesAsync($"/audit?about=/tokens/{id}");
        Assert.That(about.Select(x => $"{x.GetProperty("action")} by {x.GetProperty("by")}"), Is.EqualTo(new[] { "token.made by admin" }));
        var first = await LinesAsync("/audit?by=settings");
        Assert.That(first.Select(x => x.GetProperty("action").GetString()), Is.EqualTo(new[] { "token.kept" }));
    }

    [Test]
    public async Task A_change_whose_line_cannot_be_written_does_not_happen()
    {
        var letters = (await _plant.SetAsideAsync(_plant.Line.Promotion), await _plant.SetAsideAsync(null));
        await using (new Fence(_plant))
        {
            await _plant.ExecuteAsync("alter table audit add constraint nothing_goes check (false) not valid");
            var before = await StateAsync();

            await ChangeEverythingAsync(_plant.Service.Admin, letters, expectedToWork: false);

            Assert.That(await StateAsync(), Is.EqualTo(before));
        }
    }

    [Test]
    public async Task It_is_read_page_by_page_and_only_with_the_right_scope()
    {
        var pages = new List<JsonElement>();
        for (var next = "/audit?limit=2"; next is not null;)
        {
            var page = await _plant.Service.GetAsync(next);
            Assert.That(page.GetProperty("items").GetArrayLength(), Is.InRange(1, 2));
            pages.AddRange(page.GetProperty("items").EnumerateArray());
            next = page.GetProperty("next").GetString();
        }

        Assert.That(pages.Select(x => x.GetProperty("id").GetInt64()), Is.Unique.And.Ordered.Descending);
        Assert.That(pages, Has.Count.EqualTo(await _plant.AskAsync<long>("select count(*) from audit")));
        using var operate = await _plant.Service.ClientWithAsync(Scopes.Operate);
        using var refused = await operate.GetAsync(new Uri("/audit", UriKind.Relative));
        await ServiceUnderTest.ProblemOf(refused, 403);
    }

    [TestCase("/audit?limit=0", "limit")]
    [TestCase("/audit?after=x", "after")]
    [TestCase("/audit?by=%00", "control character")]
    public async Task A_question_that_has_no_answer_is_told_why(string path, string why)
    {
        using var response = await _plant.Service.Admin.GetAsync(new Uri(path, UriKind.Relative));

        Assert.That((await ServiceUnderTest.ProblemOf(response, 400)).GetProperty("detail").GetString(), Does.Contain(why));
    }

    [Test]
    public async Task Who_aborts_a_promotion_is_on_its_timeline()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        service.Replicas[0].Faults.OnDeploy(new Fault.Delay(TimeSpan.FromSeconds(2)));
        var id = await service.PromoteAsync();
        await service.Replicas[0].WaitForAsync(x => x.Requests.Any(r => r.Method == "POST"), "replica a was never asked");
        using var abort = await service.Admin.PostAsJsonAsync($"/promotions/{id}/abort", new { reason = "wrong flows" });
        Assert.That(abort.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));

        var ended = await service.EndOfAsync(id, "Aborted");

        var asked = ended.GetProperty("timeline").EnumerateArray().Single(x => x.GetProperty("type").GetString() == "abort-requested").GetProperty("data");
        Assert.That($"{asked.GetProperty("by")}: {asked.GetProperty("reason")}", Is.EqualTo("admin: wrong flows"));
    }

    /// <summary>Everything that the API changes and that is on no timeline, once each.</summary>
    private async Task ChangeEverythingAsync(HttpClient client, (long Replayed, long Discarded) letters, bool expectedToWork)
    {
        async Task<JsonElement> DoAsync(HttpMethod method, string path, object? body = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            using var response = await client.SendAsync(request);
            var answer = await response.Content.ReadAsStringAsync();
            Assert.That((int)response.StatusCode, expectedToWork ? Is.InRange(200, 299) : Is.EqualTo(500), $"{method} {path}: {answer}");
            return answer.Length > 0 ? await ServiceUnderTest.JsonOf(response) : default;
        }

        async Task<Guid> IdOfAsync(string path, object body, Guid otherwise) => await DoAsync(HttpMethod.Post, path, body) is var made && expectedToWork ? made.GetProperty("id").GetGuid() : otherwise;

        var token = await IdOfAsync("/tokens", new { name = "heir", scopes = new[] { "read" } }, _plant.Line.Token);
        await DoAsync(HttpMethod.Delete, $"/tokens/{token}");
        await DoAsync(HttpMethod.Post, "/pipelines/line/schedules/once/resume");
        var webhook = await IdOfAsync("/webhooks", new { url = "http://127.0.0.1:9/", events = new[] { "promotion.succeeded" } }, _plant.Line.Webhook);
        await DoAsync(HttpMethod.Patch, $"/webhooks/{webhook}", new { description = "for the wall" });
        await DoAsync(HttpMethod.Patch, $"/webhooks/{webhook}", new { enabled = false });
        await DoAsync(HttpMethod.Patch, $"/webhooks/{webhook}", new { enabled = true });
        await DoAsync(HttpMethod.Post, $"/webhooks/{_plant.OtherLine.Webhook}/deliveries/{_plant.OtherLine.Delivery}/resend");
        await DoAsync(HttpMethod.Post, $"/webhooks/{webhook}/rotate-secret");
        await DoAsync(HttpMethod.Delete, $"/webhooks/{webhook}");
        await DoAsync(HttpMethod.Post, $"/dead-letters/{letters.Replayed}/replay");
        await DoAsync(HttpMethod.Delete, $"/dead-letters/{letters.Discarded}");
        if (expectedToWork)
        {
            using var paused = await _plant.Service.Admin.PostAsync(new Uri("/pipelines/line/schedules/once/pause", UriKind.Relative), null);
            paused.EnsureSuccessStatusCode();
        }
    }

    /// <summary>All that could have been changed. When a token was last used is no change, and deliveries go their way.</summary>
    private Task<string> StateAsync() => _plant.AskAsync<string>(
        """
        select concat_ws('; ',
            (select string_agg(concat_ws(' ', name, revoked_at), ', ' order by id) from api_token),
            (select string_agg(concat_ws(' ', pipeline, paused, set_by, set_at), ', ' order by pipeline, name) from schedule),
            (select string_agg(concat_ws(' ', id, description, changed_at, secret, disabled_by), ', ' order by id) from (select *, disabled_reason as disabled_by from webhook_subscription) w),
            (select count(*) from webhook_delivery where resent_at is not null),
            (select string_agg(concat_ws(' ', id, replayed_at), ', ' order by id) from dead_letter))
        """);

    private async Task<List<JsonElement>> LinesAsync(string path) => [.. (await _plant.Service.GetAsync(path)).GetProperty("items").EnumerateArray()];

    /// <summary>Takes the constraint away again.</summary>
    private sealed class Fence(AccessPlant plant) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await plant.ExecuteAsync("alter table audit drop constraint if exists nothing_goes");
    }
}
