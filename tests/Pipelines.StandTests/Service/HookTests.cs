using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Pipelines.Service.Http;
using Pipelines.Testing.Stand.Clients;

namespace Pipelines.ServiceTests;

/// <summary>Who may press the promote button in which way, how often, and what can be seen of it afterwards.</summary>
internal sealed class HookTests
{
    private const string GithubSecret = "It's a Secret to Everybody";
    private ServiceUnderTest _service = null!;

    [OneTimeSetUp]
    public async Task Start() => _service = await ServiceUnderTest.StartAsync(settings: [$"--Pipelines:Hooks:line:GithubSecrets={GithubSecret}", $"--Pipelines:Hooks:other-line:Secrets={ServiceUnderTest.Secret}", "--Pipelines:Hooks:other-line:RatePerMinute=3"]);

    [OneTimeTearDown]
    public async Task Stop() => await _service.DisposeAsync();

    [Test]
    public async Task Github_presses_it_once_however_often_it_delivers()
    {
        using var first = await _service.Anonymous.SendAsync(Github("72d3162e", """{"ref":"refs/heads/main","sender":{"login":"octocat"}}"""));
        using var again = await _service.Anonymous.SendAsync(Github("72d3162e", """{"ref":"refs/heads/main","sender":{"login":"octocat"}}"""));

        Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await first.Content.ReadAsStringAsync());
        var (accepted, repeated) = (await ServiceUnderTest.JsonOf(first), await ServiceUnderTest.JsonOf(again));
        Assert.That(repeated.GetProperty("id").GetGuid(), Is.EqualTo(accepted.GetProperty("id").GetGuid()));
        Assert.That(repeated.GetProperty("duplicate").GetBoolean());
        var promotion = await _service.EndOfAsync(accepted.GetProperty("id").GetGuid(), "Succeeded");
        Assert.That(promotion.GetProperty("requestedBy").GetString(), Is.EqualTo("octocat"));
    }

    [Test]
    public async Task Githubs_ping_is_answered_and_begins_nothing()
    {
        var before = (await _service.GetAsync("/promotions?pipeline=line&limit=200")).GetProperty("items").GetArrayLength();
        using var ping = Github("ping-1", """{"zen":"Keep it logically awesome."}""");
        ping.Headers.Add(GithubSignature.EventHeader, "ping");

        using var response = await _service.Anonymous.SendAsync(ping);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        Assert.That((await _service.GetAsync("/promotions?pipeline=line&limit=200")).GetProperty("items").GetArrayLength(), Is.EqualTo(before));
    }

    [TestCase("line", "another secret of sixteen", TestName = "{m} with another secret")]
    [TestCase("other-line", GithubSecret, TestName = "{m} where the hook has no such secret")]
    public async Task Githubs_signature_is_not_believed(string pipeline, string secret)
    {
        using var response = await _service.Anonymous.SendAsync(Github("72d3162f", "{}", pipeline, secret));

        await ServiceUnderTest.ProblemOf(response, 401);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_cloud_event_is_known_by_its_source_and_id_under_whichever_delivery_it_comes(bool binary)
    {
        HttpRequestMessage Event(string delivery)
        {
            var message = binary
                ? _service.Delivery(delivery, """{"note":"by an event"}""")
                : _service.Delivery(delivery, """{"specversion":"1.0","source":"/mes","id":"structured","type":"com.example.promote","data":{"note":"by an event","requestedBy":"mes"}}""");
            if (binary)
            {
                foreach (var (name, value) in ((string, string)[])[("ce-specversion", "1.0"), ("ce-source", "/mes"), ("ce-id", "binary"), ("ce-type", "com.example.promote")])
                {
                    message.Headers.Add(name, value);
                }
            }
            else
            {
                message.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
            }

            return message;
        }

        using var first = await _service.Anonymous.SendAsync(Event($"msg_ce_1_{binary}"));
        using var again = await _service.Anonymous.SendAsync(Event($"msg_ce_2_{binary}"));

        Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await first.Content.ReadAsStringAsync());
        var id = (await ServiceUnderTest.JsonOf(first)).GetProperty("id").GetGuid();
        Assert.That((await ServiceUnderTest.JsonOf(again)).GetProperty("id").GetGuid(), Is.EqualTo(id));
        Assert.That((await _service.EndOfAsync(id, "Succeeded")).GetProperty("note").GetString(), Is.EqualTo("by an event"));
    }

    [TestCase("""{"specversion":"0.3","source":"/mes","id":"1","type":"t"}""", 400, "1.0")]
    [TestCase("""{"specversion":"1.0","source":"/mes","type":"t"}""", 400, "'id' is missing")]
    [TestCase("""{"specversion":"1.0","source":"/mes","id":"1","type":"t","data":[]}""", 400, "'data'")]
    [TestCase("""{"specversion":"1.0","source":"/mes","id":"1","type":"t","data_base64":"e30="}""", 400, "data_base64")]
    [TestCase("""{"pipeline":"other-line"}""", 422, "this is the hook of 'line'")]
    [TestCase("""{"until":"rolout"}""", 422, "Did you mean 'rollout'?")]
    public async Task What_it_cannot_mean_is_told(string body, int status, string why)
    {
        using var response = await _service.Anonymous.SendAsync(_service.Delivery($"msg_{body.GetHashCode(StringComparison.Ordinal)}", body));

        Assert.That((await ServiceUnderTest.ProblemOf(response, status)).GetProperty("detail").GetString(), Does.Contain(why));
    }

    [Test]
    public async Task It_may_end_with_an_earlier_stage()
    {
        using var response = await _service.Anonymous.SendAsync(_service.Delivery("msg_until", """{"pipeline":"line","until":"validate"}"""));

        var promotion = await _service.EndOfAsync((await ServiceUnderTest.JsonOf(response)).GetProperty("id").GetGuid(), "Succeeded");
        Assert.That(promotion.GetProperty("stages").EnumerateArray().Select(x => x.GetProperty("kind").GetString()), Is.EqualTo(new[] { "snapshot", "validate" }));
        Assert.That(promotion.GetProperty("until").GetString(), Is.EqualTo("validate"));
    }

    [Test]
    public async Task What_came_and_what_became_of_it_can_be_seen_and_a_hook_takes_only_so_many()
    {
        var answers = new List<HttpStatusCode>();
        foreach (var id in (string[])["msg_a", "msg_a", "msg_b", "msg_c"])
        {
            using var response = await _service.Anonymous.SendAsync(_service.Delivery(id, """{"until":"snapshot"}""", "other-line"));
            answers.Add(response.StatusCode);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                await ServiceUnderTest.ProblemOf(response, 429);
                Assert.That(response.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
            }
        }

        using var stranger = await _service.Anonymous.SendAsync(_service.Delivery("msg_d", "{}", "other-line", ServiceUnderTest.OtherSecret));
        Assert.That(answers, Is.EqualTo(new[] { HttpStatusCode.Accepted, HttpStatusCode.Accepted, HttpStatusCode.Accepted, HttpStatusCode.TooManyRequests }));
        Assert.That(stranger.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "who is not believed is not told of the limit");

        var seen = new List<JsonElement>();
        for (var next = "/hooks/other-line/deliveries?limit=2"; next is not null;)
        {
            var page = await _service.GetAsync(next);
            seen.AddRange(page.GetProperty("items").EnumerateArray());
            next = page.GetProperty("next").GetString();
        }

        Assert.That(
            seen.Where(x => $"{x.GetProperty("delivery")}".StartsWith("msg_", StringComparison.Ordinal)).Select(x => $"{x.GetProperty("delivery")} {x.GetProperty("outcome")} {x.GetProperty("status")}"),
            Is.EqualTo(new[] { "msg_d Refused 401", "msg_c Refused 429", "msg_b Accepted 202", "msg_a Duplicate 202", "msg_a Accepted 202" }));
        Assert.That(seen.Select(x => x.ToString()), Has.None.Contains("whsec_"));
    }

    [Test]
    public async Task The_published_client_of_standard_webhooks_is_believed()
    {
        const string Body = """{"note":"from npm"}""";
        var now = TimeProvider.System.GetUtcNow();
        var (code, signature) = await NodeClient.RunAsync("sign.mjs", JsonSerializer.Serialize(new { secret = ServiceUnderTest.Secret, id = "msg_npm", seconds = now.ToUnixTimeSeconds(), body = Body }));
        Assert.That(code, Is.Zero, signature);
        using var delivery = _service.Delivery("msg_npm", Body, at: now);
        delivery.Headers.Remove(StandardWebhook.SignatureHeader);
        delivery.Headers.Add(StandardWebhook.SignatureHeader, signature.Trim());

        using var response = await _service.Anonymous.SendAsync(delivery);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await response.Content.ReadAsStringAsync());
    }

    private HttpRequestMessage Github(string id, string body, string pipeline = "line", string secret = GithubSecret)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(_service.Url, $"/hooks/{pipeline}")) { Content = new ByteArrayContent(bytes) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.Add(GithubSignature.IdHeader, id);
        message.Headers.Add(GithubSignature.SignatureHeader, $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes))}");
        return message;
    }
}
