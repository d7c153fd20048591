using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using MassTransit;
using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Testing.Stand;

namespace Pipelines.ServiceTests.Bus;

/// <summary>Commands over the broker from a client that is not .NET, and from one that is: safe to send twice, hard to forge, and honest about what became of them.</summary>
internal sealed class CommandsTests
{
    private const string Promote = "pipelines.commands.promote-flows";
    private const string Abort = "pipelines.commands.abort-promotion";
    private const string Retry = "pipelines.commands.retry-promotion";

    private BusPlant _plant = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _plant = await BusPlant.StartAsync(
        services: 2,
        ("Pipelines__Bus__Senders__scada__User", "guest"),
        ("Pipelines__Bus__Senders__scada__Scopes__0", "promote"),
        ("Pipelines__Bus__Senders__scada__Scopes__1", "operate"),
        ("Pipelines__Bus__Senders__mes__Secrets", ServiceUnderTest.Secret),
        ("Pipelines__Bus__Senders__mes__Pipelines__0", "other-line"));

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_plant is not null)
        {
            await _plant.DisposeAsync();
        }
    }

    [Test]
    public async Task A_thousand_repeats_at_once_are_one_promotion_and_every_one_is_answered()
    {
        await _plant.Client.TellAsync(new { @do = "send", exchange = Promote, times = 1000, body = """{"pipeline":"line","requestedBy":"ada","note":"line 3"}""", properties = new { messageId = "one", userId = "guest", correlationId = "thousand" } });
        await _plant.Client.UntilAsync("a thousand answers", _ => Answers("thousand").Count == 1000, 100);

        var promotion = Answers("thousand").Select(x => x.GetProperty("reply").GetProperty("promotionId").GetGuid()).Distinct().Single();
        Assert.Multiple(async () =>
        {
            Assert.That(Answers("thousand").GroupBy(StatusOf).ToDictionary(x => x.Key, x => x.Count()), Is.EqualTo(new Dictionary<string, int> { ["accepted"] = 1, ["duplicate"] = 999 }));
            Assert.That(await _plant.AskAsync<int>("select count(*)::int from promotion where idempotency_key = 'bus:scada::one'"), Is.EqualTo(1));
            Assert.That(await _plant.AskAsync<string>("select trigger || ' ' || requested_by || ' ' || note from promotion where id = @promotion", new { promotion }), Is.EqualTo("bus ada (bus: scada) line 3"));
        });
        await _plant.EndAsync(promotion);
    }

    [Test]
    public async Task CloudEvents_name_a_command_by_source_and_id_in_headers_or_in_the_body()
    {
        var headers = new Dictionary<string, string> { ["cloudEvents_specversion"] = "1.0", ["cloudEvents_id"] = "7", ["cloudEvents_source"] = "/mes", ["cloudEvents_type"] = "com.example.promote" };
        var first = await SendAsync(Promote, """{"pipeline":"line"}""", new { userId = "guest" }, headers);
        var structured = await SendAsync(
            Promote, """{"specversion":"1.0","id":"7","source":"/mes","type":"com.example.promote","data":{"pipeline":"line"}}""",
            new { userId = "guest", contentType = "application/cloudevents+json" });
        var elsewhere = await SendAsync(Promote, """{"pipeline":"line"}""", new { userId = "guest" }, new Dictionary<string, string>(headers) { ["cloudEvents_source"] = "/other" });

        Assert.That(new[] { first, structured, elsewhere }.Select(StatusOf), Is.EqualTo(new[] { "accepted", "duplicate", "accepted" }));
        Assert.That(structured.GetProperty("reply").GetProperty("promotionId").GetGuid(), Is.EqualTo(first.GetProperty("reply").GetProperty("promotionId").GetGuid()));
        Assert.That(first.GetProperty("type").GetString(), Is.EqualTo("pipelines.command.accepted.v1"));
        Assert.That(first.GetProperty("headers").GetProperty("cloudEvents_id").GetString(), Is.EqualTo("7-answer"));
        await _plant.EndAsync(first.GetProperty("reply").GetProperty("promotionId").GetGuid());
        await _plant.EndAsync(elsewhere.GetProperty("reply").GetProperty("promotionId").GetGuid());
    }

    [TestCase("{\"pipeline\":7}", "pipeline", "'pipeline' is a number")]
    [TestCase("{}", "pipeline", "'pipeline' is missing")]
    [TestCase("{\"pipeline\":\"line\",\"snapshotDigset\":\"x\"}", "snapshotDigset", "is not known")]
    [TestCase("{\"pipeline\":\"line\",\"snapshotDigest\":\"x\"}", "snapshotDigest", "64 lowercase hex")]
    [TestCase("{\"pipeline\":\"line\"", "body", "no JSON object")]
    [TestCase("{\"pipeline\":\"line\",\"pipeline\":\"other-line\"}", "body", "says a field twice")]
    [TestCase("{\"pipeline\":\"line\",\"a\\ud800\":1}", "body", "surrogate")]
    public async Task A_bad_message_is_answered_with_its_field_and_can_be_seen(string body, string field, string reason)
    {
        var id = Guid.NewGuid().ToString();
        var answer = (await SendAsync(Promote, body, new { userId = "guest", messageId = id })).GetProperty("reply");

        Assert.Multiple(async () =>
        {
            Assert.That(answer.GetProperty("status").GetString(), Is.EqualTo("fault"));
            Assert.That(answer.GetProperty("field").GetString(), Is.EqualTo(field));
            Assert.That(answer.GetProperty("reason").GetString(), Does.Contain(reason));
            var letters = await _plant.GetAsync("dead-letters");
            var mine = letters.GetProperty("items").EnumerateArray().Where(x => x.GetProperty("messageId").GetString() == id && x.GetProperty("endpoint").GetString() == "pipelines.commands").ToList();
            Assert.That(mine, Has.Count.EqualTo(1), letters.ToString());
            Assert.That((await _plant.GetAsync($"dead-letters/{mine[0].GetProperty("id")}")).GetProperty("body").GetProperty("as").GetString(), Is.EqualTo("json").Or.EqualTo("text"));
        });
    }

    [Test]
    public async Task A_message_without_an_id_is_answered_too() =>
        Assert.That((await SendAsync(Promote, """{"pipeline":"line"}""", new { userId = "guest", correlationId = Guid.NewGuid().ToString() }, id: false)).GetProperty("reply").GetProperty("field").GetString(), Is.EqualTo("message_id"));

    [Test]
    public async Task Who_has_not_proved_itself_starts_nothing_and_a_signature_may_promote_what_it_may()
    {
        var nobody = await SendAsync(Promote, """{"pipeline":"line"}""", new { });
        var body = """{"pipeline":"other-line"}""";
        var signed = await SendAsync(Promote, body, new { messageId = "signed-1" }, Signed("signed-1", body));
        var again = await SendAsync(Promote, body, new { messageId = "signed-1" }, Signed("signed-1", body));
        var waited = await SendAsync(Promote, body, new { messageId = "signed-1" }, Signed("signed-1", body, TimeSpan.FromHours(20)));
        var stale = await SendAsync(Promote, body, new { messageId = "signed-1" }, Signed("signed-1", body, TimeSpan.FromHours(25)));
        var forged = await SendAsync(Promote, """{"pipeline":"line"}""", new { messageId = "signed-2" }, Signed("signed-2", body));
        var other = """{"pipeline":"line"}""";
        var elsewhere = await SendAsync(Promote, other, new { messageId = "signed-3" }, Signed("signed-3", other));
        var id = signed.GetProperty("reply").GetProperty("promotionId").GetGuid();
        var abort = $$"""{"promotionId":"{{id}}"}""";
        var unscoped = await SendAsync(Abort, abort, new { messageId = "signed-4" }, Signed("signed-4", abort));

        Assert.That(
            new[] { nobody, signed, again, waited, stale, forged, elsewhere, unscoped }.Select(StatusOf),
            Is.EqualTo(new[] { "refused", "accepted", "duplicate", "duplicate", "refused", "refused", "refused", "refused" }));
        await _plant.EndAsync(id);
    }

    [Test]
    public async Task An_unknown_pipeline_and_an_ended_promotion_are_refused_with_the_reason()
    {
        var unknown = (await SendAsync(Promote, """{"pipeline":"lien"}""", new { userId = "guest" })).GetProperty("reply");
        Assert.That(unknown.GetProperty("reason").GetString(), Does.Contain("line"));
        var id = (await SendAsync(Promote, """{"pipeline":"line"}""", new { userId = "guest" })).GetProperty("reply").GetProperty("promotionId").GetGuid();
        await _plant.EndAsync(id);

        foreach (var exchange in new[] { Abort, Retry })
        {
            var ended = (await SendAsync(exchange, $$"""{"promotionId":"{{id}}"}""", new { userId = "guest" })).GetProperty("reply");
            Assert.That(ended.GetProperty("status").GetString(), Is.EqualTo("refused"));
            Assert.That(ended.GetProperty("reason").GetString(), Does.Contain("has ended as Succeeded"));
        }
    }

    [Test]
    public async Task A_promotion_that_needs_attention_is_retried_once_and_aborted_over_the_broker()
    {
        _plant.Development.DeployForeign(ServiceUnderTest.Flows("v3"));
        _plant.Replicas[1].Faults.OnDeploy(new Testing.Fault.NoEffect());
        var id = (await SendAsync(Promote, """{"pipeline":"held-line"}""", new { userId = "guest" })).GetProperty("reply").GetProperty("promotionId").GetGuid();
        await _plant.EndAsync(id, "NeedsAttention");

        _plant.Replicas[1].Faults.OnDeploy(new Testing.Fault.NoEffect());
        await _plant.Client.TellAsync(new { @do = "send", exchange = Retry, times = 20, body = $$"""{"promotionId":"{{id}}","by":"ada"}""", properties = new { messageId = $"retry-{id}", userId = "guest", correlationId = $"retry-{id}" } });
        await _plant.Client.UntilAsync("twenty answers", _ => Answers($"retry-{id}").Count == 20);
        Assert.That(Answers($"retry-{id}").GroupBy(StatusOf).ToDictionary(x => x.Key, x => x.Count()), Is.EqualTo(new Dictionary<string, int> { ["accepted"] = 1, ["duplicate"] = 19 }));
        await Until.TrueAsync(
            "the retry in the timeline, and attention again",
            async _ => await _plant.AskAsync<bool>("select (select count(*) from promotion_event where promotion_id = @id and type = 'needs-attention') = 2", new { id }) ? null : "not yet",
            TimeSpan.FromSeconds(60));
        Assert.That(await _plant.AskAsync<string>("select string_agg(data ->> 'by', ',') from promotion_event where promotion_id = @id and type = 'retry-requested'", new { id }), Is.EqualTo("ada (bus: scada)"));

        var abort = await SendAsync(Abort, $$"""{"promotionId":"{{id}}","by":"ada","reason":"enough"}""", new { userId = "guest", messageId = $"abort-{id}" });
        Assert.That(StatusOf(abort), Is.EqualTo("accepted"));
        await _plant.EndAsync(id, "Aborted");
        var again = await SendAsync(Abort, $$"""{"promotionId":"{{id}}","by":"ada","reason":"enough"}""", new { userId = "guest", messageId = $"abort-{id}" });
        Assert.That(StatusOf(again), Is.EqualTo("duplicate"), "what became of it, also after the end");
    }

    [Test]
    public async Task A_NET_client_sends_the_contract_in_MassTransits_envelope_and_has_its_answer()
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(x => x.Host(_plant.Broker.ConnectionUri));
        await bus.StartAsync();
        try
        {
            var client = bus.CreateRequestClient<PromoteFlows>(new Uri("exchange:pipelines.commands.promote-flows"), RequestTimeout.After(s: 30));
            var body = new PromoteFlows("line", RequestedBy: "grace");
            var answer = await client.GetResponse<CommandAnswer>(body, context => context.UseExecute(x => ((RabbitMqSendContext)x).BasicProperties.UserId = "guest"));
            Assert.That(answer.Message.Status, Is.EqualTo(CommandStatus.Accepted), answer.Message.Reason);
            await _plant.EndAsync(answer.Message.PromotionId!.Value);

            var nobody = await client.GetResponse<CommandAnswer>(body);
            Assert.That(nobody.Message.Status, Is.EqualTo(CommandStatus.Refused));
        }
        catch (RequestException e)
        {
            Assert.Fail($"{e.Message} {bus.Address}\n{_plant[0].LogTail()}\n{_plant[1].LogTail()}");
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    [Test]
    public async Task Commands_survive_a_killed_engine_and_a_killed_broker_and_are_done_once()
    {
        await using var plant = await BusPlant.StartAsync(1, ("Pipelines__Bus__Senders__scada__User", "guest"));
        // The key cannot be written: the command is in the engine's hands when it dies.
        await using var connection = await plant.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("lock table promotion in share mode");
            await plant.Client.TellAsync(new { @do = "send", exchange = Promote, times = 5, body = """{"pipeline":"line"}""", properties = new { messageId = "killed", userId = "guest", correlationId = "killed" } });
            await Until.TrueAsync(
                "the engine to stand before its promotion",
                async _ => await plant.AskAsync<bool>("select exists (select from pg_locks where relation = 'promotion'::regclass and not granted)") ? null : "nobody waits",
                TimeSpan.FromSeconds(20));
            await plant[0].KillAsync();
            await transaction.RollbackAsync();
        }

        // Nobody is there: it waits in the queue, over a crash of the broker too.
        await plant.Client.TellAsync(new { @do = "send", exchange = Promote, times = 5, body = """{"pipeline":"other-line"}""", properties = new { messageId = "waits", userId = "guest" }, reply = false });
        await plant.Client.UntilAsync("both to be confirmed", said => said.Count(x => x.TryGetProperty("sent", out _)) == 2);
        await plant.Broker.KillAsync();
        await plant.Broker.StartAgainAsync();
        await plant[0].StartAgainAsync();

        await Until.TrueAsync(
            "both promotions to succeed",
            async _ => await plant.AskAsync<string>("select coalesce(string_agg(pipeline || ' ' || state, ', ' order by pipeline), '') from promotion") is var seen && seen == "line Succeeded, other-line Succeeded" ? null : seen,
            TimeSpan.FromSeconds(90),
            () => plant[0].LogTail());
        Assert.That(await plant.AskAsync<int>("select count(*)::int from dead_letter"), Is.Zero);
    }

    private static Dictionary<string, string> Signed(string id, string body, TimeSpan? ago = null)
    {
        var seconds = (TimeProvider.System.GetUtcNow() - (ago ?? TimeSpan.Zero)).ToUnixTimeSeconds();
        var mac = HMACSHA256.HashData(Convert.FromBase64String(ServiceUnderTest.Secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{id}.{seconds}.{body}"));
        return new() { ["webhook-id"] = id, ["webhook-timestamp"] = $"{seconds}", ["webhook-signature"] = $"v1,{Convert.ToBase64String(mac)}" };
    }

    private static string StatusOf(JsonElement answer) => answer.GetProperty("reply").GetProperty("status").GetString()!;

    private List<JsonElement> Answers(string correlation) =>
        [.. _plant.Client.SaidWith("reply").Where(x => x.TryGetProperty("correlationId", out var id) && id.GetString() == correlation)];

    private async Task<JsonElement> SendAsync(string exchange, string body, object properties, Dictionary<string, string>? headers = null, bool id = true)
    {
        var given = JsonSerializer.SerializeToNode(properties)!.AsObject();
        var correlation = Guid.NewGuid().ToString();
        given["correlationId"] = correlation;
        if (id && !given.ContainsKey("messageId") && headers?.ContainsKey("cloudEvents_id") != true)
        {
            given["messageId"] = correlation;
        }

        await _plant.Client.TellAsync(new { @do = "send", exchange, body, properties = given, headers = headers ?? [] });
        await _plant.Client.UntilAsync($"an answer to {body}", _ => Answers(correlation).Count > 0, 30);
        return Answers(correlation)[0];
    }
}
