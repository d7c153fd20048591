using System.Net;
using System.Net.Http.Headers;
using System.Text;
using NUnit.Framework;
using Pipelines.Service.Http;

namespace Pipelines.ServiceTests;

internal sealed class WebhookTests
{
    private const int Refused = 3031;
    private ServiceUnderTest _service = null!;

    [OneTimeSetUp]
    public async Task Start() => _service = await ServiceUnderTest.StartAsync(settings: $"--Pipelines:Hooks:Default:Secrets={ServiceUnderTest.OtherSecret}");

    [OneTimeTearDown]
    public async Task Stop() => await _service.DisposeAsync();

    [Test]
    public async Task A_signed_delivery_becomes_a_promotion_that_reaches_every_replica()
    {
        using var response = await _service.Anonymous.SendAsync(_service.Delivery("msg_1", """{"requestedBy":"ada","note":"line 3","more":[1]}"""));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await response.Content.ReadAsStringAsync());
        var accepted = await ServiceUnderTest.JsonOf(response);
        var id = accepted.GetProperty("id").GetGuid();
        Assert.That(response.Headers.Location?.ToString(), Is.EqualTo($"/promotions/{id}"));

        var promotion = await _service.EndOfAsync(id, "Succeeded");

        Assert.That(_service.Replicas.Select(x => x.Revision), Is.All.EqualTo(_service.Development.Revision));
        Assert.That(promotion.GetProperty("requestedBy").GetString(), Is.EqualTo("ada"));
        Assert.That(promotion.GetProperty("note").GetString(), Is.EqualTo("line 3"));
        Assert.That(promotion.GetProperty("stages").GetArrayLength(), Is.EqualTo(3));
        Assert.That(promotion.GetProperty("replicas").GetArrayLength(), Is.EqualTo(2));
        Assert.That(promotion.GetProperty("definition").GetString(), Does.StartWith("name: line"));
    }

    [Test]
    public async Task Fifty_deliveries_of_one_id_at_once_are_one_promotion()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using var response = await _service.Anonymous.SendAsync(_service.Delivery("msg_50"));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await response.Content.ReadAsStringAsync());
            var body = await ServiceUnderTest.JsonOf(response);
            return (Id: body.GetProperty("id").GetGuid(), Duplicate: body.GetProperty("duplicate").GetBoolean());
        }));

        Assert.That(answers.Select(x => x.Id).Distinct().Count(), Is.EqualTo(1));
        Assert.That(answers.Count(x => !x.Duplicate), Is.EqualTo(1));
        await _service.EndOfAsync(answers[0].Id, "Succeeded");
    }

    [Test]
    public async Task Either_secret_is_good_while_one_is_rotated()
    {
        using var response = await _service.Anonymous.SendAsync(_service.Delivery("msg_rotated", secret: ServiceUnderTest.OtherSecret));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
    }

    [Test]
    public async Task An_empty_body_promotes_too()
    {
        using var response = await _service.Anonymous.SendAsync(_service.Delivery("msg_empty", body: ""));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await response.Content.ReadAsStringAsync());
    }

    [TestCase("wrong")]
    [TestCase("half")]
    [TestCase("old")]
    [TestCase("future")]
    [TestCase(StandardWebhook.IdHeader)]
    [TestCase(StandardWebhook.TimestampHeader)]
    [TestCase(StandardWebhook.SignatureHeader)]
    public async Task What_is_not_believed_is_refused_with_401_and_a_line_in_the_log(string what)
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = $"msg_refused_{what}";
        using var delivery = _service.Delivery(id, at: what switch { "old" => now.AddSeconds(-310), "future" => now.AddSeconds(310), _ => now });
        var signature = delivery.Headers.GetValues(StandardWebhook.SignatureHeader).Single();
        if (what is "wrong" or "half")
        {
            delivery.Headers.Remove(StandardWebhook.SignatureHeader);
            delivery.Headers.Add(StandardWebhook.SignatureHeader, what == "half" ? signature[..(signature.Length / 2)] : "v1,aGVsbG8gd29ybGQsIGhlbGxvIHdvcmxkLCBoZWxsbyE=");
        }
        else
        {
            delivery.Headers.Remove(what);
        }

        var before = _service.Log.Of(Refused).Count;
        using var response = await _service.Anonymous.SendAsync(delivery);

        await ServiceUnderTest.ProblemOf(response, 401);
        Assert.That(_service.Log.Of(Refused), Has.Count.EqualTo(before + 1));
        Assert.That(_service.Log.Of(Refused)[^1], Does.Contain("401"));
    }

    [Test]
    public async Task Who_is_believed_is_told_the_nearest_pipeline_and_who_is_not_learns_nothing()
    {
        using var believed = await _service.Anonymous.SendAsync(_service.Delivery("msg_lin", pipeline: "lin", secret: ServiceUnderTest.OtherSecret));
        using var stranger = await _service.Anonymous.SendAsync(_service.Delivery("msg_lin", pipeline: "lin", secret: ServiceUnderTest.Secret));

        var problem = await ServiceUnderTest.ProblemOf(believed, 404);
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain("Did you mean 'line'?"));
        await ServiceUnderTest.ProblemOf(stranger, 401);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_body_over_a_mebibyte_is_refused_before_anything_is_judged(bool chunked)
    {
        using var delivery = _service.Delivery("msg_large");
        var large = new byte[BodyReader.MaxBytes + 1];
        delivery.Content = chunked ? new StreamContent(new MemoryStream(large)) : new ByteArrayContent(large);
        delivery.Headers.TransferEncodingChunked = chunked;
        // The answer comes before the body: without this the client would still be writing.
        delivery.Headers.ExpectContinue = true;
        using var response = await _service.Anonymous.SendAsync(delivery);

        await ServiceUnderTest.ProblemOf(response, 413);
        Assert.That(_service.Log.Of(Refused)[^1], Does.Contain("413"));
    }

    [TestCase("[]", "an array")]
    [TestCase("null", "null")]
    [TestCase("{\"note\":1}", "'note' is a number")]
    [TestCase("{\"note\":\"a\\u0000b\"}", "control character")]
    [TestCase("{\"note\":\"\\ud800\"}", "surrogate")]
    [TestCase("{\"other\":{\"a\\ud800b is compared with what is looked for\":1},\"\\ud800b is compared with what is looked for\":1}", "surrogate")]
    [TestCase("{\n  \"note\": x}", "line 2, column 11")]
    [TestCase("{\"snapshotDigest\":\"abc\"}", "64 lowercase hex")]
    public async Task A_body_that_cannot_be_understood_is_told_where(string body, string why)
    {
        using var response = await _service.Anonymous.SendAsync(_service.Delivery("msg_body", body));

        var problem = await ServiceUnderTest.ProblemOf(response, 400);
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain(why));
    }

    [Test]
    public async Task A_body_that_is_not_json_by_its_own_word_is_refused()
    {
        using var delivery = _service.Delivery("msg_text", "hello");
        delivery.Content!.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var response = await _service.Anonymous.SendAsync(delivery);

        await ServiceUnderTest.ProblemOf(response, 415);
    }

    [Test]
    public async Task A_snapshot_that_is_not_there_is_refused()
    {
        using var response = await _service.Anonymous.SendAsync(_service.Delivery("msg_missing", $$"""{"snapshotDigest":"{{new string('a', 64)}}"}"""));

        await ServiceUnderTest.ProblemOf(response, 422);
    }

    [Test]
    public async Task A_hook_without_a_secret_is_not_there_and_says_which_setting_would_make_it()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var known = await service.Anonymous.SendAsync(service.Delivery("msg_1", pipeline: "other-line"));
        using var unknown = await service.Anonymous.SendAsync(service.Delivery("msg_1", pipeline: "nothing"));

        var first = await ServiceUnderTest.ProblemOf(known, 404);
        var second = await ServiceUnderTest.ProblemOf(unknown, 404);
        Assert.That(first.GetProperty("detail").GetString(), Does.Contain("Pipelines:Hooks:<pipeline>:Secrets").And.EqualTo(second.GetProperty("detail").GetString()));
    }

    [Test]
    public async Task No_delivery_however_odd_is_answered_with_500()
    {
        var random = new Random(20261124);
        for (var i = 0; i < 200; i++)
        {
            var body = new byte[random.Next(0, 200)];
            random.NextBytes(body);
            var text = random.Next(3) switch
            {
                0 => Encoding.Latin1.GetString(body),
                1 => $$"""{"note":"{{new string((char)random.Next(32, 0xD7FF), random.Next(10))}}","requestedBy":{{random.Next()}}}""",
                _ => new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => "{}[]\":,\\u0dabn1e+-"[random.Next(18)])]),
            };
            using var response = await _service.Anonymous.SendAsync(_service.Delivery($"msg_fuzz_{i}", text));
            Assert.That((int)response.StatusCode, Is.LessThan(500), $"{i}: {text}");
        }
    }
}
