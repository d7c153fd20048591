using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Pipelines.Service.Http;
using Pipelines.Testing;

namespace Pipelines.ServiceTests.Bus;

/// <summary>
/// Many triggers at once on one target, to two engines that may have little memory: all are answered, and all end as the pipeline's policy says.
/// <c>STORM=10000</c> is the long run, of each policy.
/// </summary>
internal sealed partial class StormTests
{
    /// <summary>What an engine may have on its heap: beyond it, the runtime ends the process.</summary>
    private const int HeapMiB = 200;

    private const int AtOnce = 32;

    private readonly HttpClient _sender = new();
    private BusPlant _plant = null!;

    private static int Storm(int usually) => int.TryParse(Environment.GetEnvironmentVariable("STORM"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : usually;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _plant = await BusPlant.StartAsync(
            2,
            ("DOTNET_GCHeapHardLimit", (HeapMiB * 1024 * 1024).ToString("x", CultureInfo.InvariantCulture)),
            ("Pipelines__Hooks__Default__Secrets", ServiceUnderTest.Secret),
            ("Pipelines__Hooks__Default__RatePerMinute", "0"),
            ("Logging__LogLevel__Default", "Warning"),
            ("Logging__LogLevel__Pipelines.Service.Http", "Error"));
        // The order in which places are given, and that in which turns come: rows of the line itself are gone once a rollout has ended.
        await _plant.ExecuteAsync(
            """
            create table seen_place (place bigint, promotion_id uuid, others int);
            create table seen_turn (turn bigint generated always as identity, promotion_id uuid);
            create function see_place() returns trigger language plpgsql as $$ begin
                insert into seen_place
                select new.place, new.promotion_id, count(*) from promotion p
                where p.ended_at is null and p.id <> new.promotion_id
                    and p.id in (select l.promotion_id from target_line l where l.target = new.target union select l.promotion_id from target_lock l where l.target = new.target);
                return null; end $$;
            create function see_turn() returns trigger language plpgsql as $$ begin
                insert into seen_turn (promotion_id) values (new.promotion_id);
                return null; end $$;
            create trigger see_place after insert on target_line for each row execute function see_place();
            create trigger see_turn after update on target_lock for each row when (new.promotion_id is not null and new.token is distinct from old.token) execute function see_turn();
            """);
    }

    [TearDown]
    public void Measure() => TestContext.Out.WriteLine($"most memory: {string.Join(", ", Enumerable.Range(0, 2).Select(MostMemoryOf))}");

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_plant is not null)
        {
            await _plant.DisposeAsync();
        }

        _sender.Dispose();
    }

    [Test]
    public async Task A_thousand_deliveries_of_one_id_to_two_engines_are_one_promotion()
    {
        var answers = await SendAsync(1000, "line", _ => "msg_thousand");

        Assert.That(answers.Select(x => x.Status).Distinct(), Is.EqualTo(new[] { 202 }));
        Assert.That(answers.Select(x => x.Body.GetProperty("id").GetGuid()).Distinct().Count(), Is.EqualTo(1));
        Assert.That(answers.Count(x => !x.Body.GetProperty("duplicate").GetBoolean()), Is.EqualTo(1));
        Assert.That(await _plant.AskAsync<int>("select count(*)::int from promotion where idempotency_key = 'hook:line:msg_thousand'"), Is.EqualTo(1));
        await _plant.EndAsync(answers[0].Body.GetProperty("id").GetGuid());
    }

    [Test]
    public async Task Who_queues_has_its_turn_in_the_order_of_acceptance()
    {
        var many = Storm(60);
        var first = await RunningAsync("line");
        var answers = await SendAsync(many, "line", i => $"msg_queue_{i}");
        Assert.That(answers.Select(x => x.Status).Distinct(), Is.EqualTo(new[] { 202 }));

        await AllEndedAsync(many);

        Assert.That(await EndsAsync("line", first), Is.EqualTo($"Succeeded {many + 1}"));
        Assert.That(await _plant.AskAsync<int>("select count(*)::int from seen_turn join promotion on id = promotion_id where accepted_at >= (select accepted_at from promotion where id = @first)", new { first }), Is.EqualTo(many + 1));
        Assert.That(
            await _plant.AskAsync<int>("select count(*)::int from (select place, lag(place) over (order by turn) as before from seen_turn join seen_place using (promotion_id)) x where place < before"),
            Is.Zero, "nobody has had its turn before somebody who stood in front of it");
        Assert.That(await _plant.AskAsync<int>("select count(*)::int from target_line"), Is.Zero);
    }

    [Test]
    public async Task Who_supersedes_leaves_one_that_waits_and_the_last_one_wins()
    {
        var many = Storm(300);
        var first = await RunningAsync("superseding-line");
        var sent = SendAsync(many, "superseding-line", i => $"msg_supersede_{i}");
        while (!sent.IsCompleted)
        {
            await OneWaitsAtMostAsync();
        }

        Assert.That((await sent).Select(x => x.Status).Distinct(), Is.EqualTo(new[] { 202 }));
        await OneWaitsAtMostAsync();
        await AllEndedAsync(many);

        var ends = await EndsAsync("superseding-line", first);
        Assert.That(ends, Does.Match(@"^Succeeded \d+, Superseded \d+$"));
        TestContext.Out.WriteLine(ends);
        Assert.That(await _plant.AskAsync<string>("select p.state from promotion p join seen_place s on s.promotion_id = p.id where pipeline = 'superseding-line' order by s.place desc limit 1"), Is.EqualTo("Succeeded"));
        Assert.That(
            await _plant.AskAsync<int>(
                """
                select count(*)::int from promotion p join seen_place loser on loser.promotion_id = p.id left join seen_place winner on winner.promotion_id = p.superseded_by
                where p.state = 'Superseded' and (winner.place is null or winner.place <= loser.place or exists (select from seen_turn t where t.promotion_id = p.id))
                """),
            Is.Zero, "each names one that came after it, and none had begun");
    }

    [Test]
    public async Task Who_rejects_names_the_one_in_the_way_and_never_are_there_two()
    {
        var many = Storm(400);
        var first = await RunningAsync("rejecting-line");
        var answers = await SendAsync(many, "rejecting-line", i => $"msg_reject_{i}");
        await AllEndedAsync(0);

        var taken = answers.Where(x => x.Status == 202).Select(x => x.Body.GetProperty("id").GetGuid()).Append(first).ToHashSet();
        var refused = answers.Where(x => x.Status != 202).ToList();
        TestContext.Out.WriteLine($"{taken.Count} taken, {refused.Count} refused");
        Assert.That(refused.Select(x => x.Status).Distinct(), Is.EqualTo(new[] { 409 }));
        Assert.That(refused.Select(x => x.Body.GetProperty("inTheWay").GetGuid()), Is.All.Matches<Guid>(taken.Contains));
        Assert.That(await _plant.AskAsync<int>("select count(*)::int from promotion where pipeline = 'rejecting-line'"), Is.EqualTo(taken.Count));
        Assert.That(
            await _plant.AskAsync<int>("select count(*)::int from seen_place s join promotion p on p.id = s.promotion_id where p.pipeline = 'rejecting-line' and s.others > 0"),
            Is.Zero, "nobody was accepted while another was there");
        Assert.That(
            await _plant.AskAsync<int>("select count(*)::int from hook_delivery where pipeline = 'rejecting-line' and outcome = 'Refused' and status = 409 and promotion_id is null and reason like 'Promotion %-%%in the way%'"),
            Is.EqualTo(refused.Count), "who is in the way is named in the reason, and is not the delivery's own promotion");
        Assert.That(await _plant.AskAsync<int>("select count(*)::int from hook_delivery where outcome = 'Refused' and promotion_id is not null"), Is.Zero);
    }

    /// <summary>Starts one whose first replica takes its time, so that the target is busy when the storm begins.</summary>
    private async Task<Guid> RunningAsync(string pipeline)
    {
        _plant.Development.DeployForeign(ServiceUnderTest.Flows($"{pipeline} {Guid.NewGuid():N}"));
        _plant.Replicas[0].Faults.OnDeploy(new Fault.Delay(TimeSpan.FromSeconds(2)));
        var deploys = _plant.Replicas[0].Requests.Count(x => x.Method == "POST");
        var first = await _plant.PromoteAsync(pipeline: pipeline);
        await _plant.Replicas[0].WaitForAsync(x => x.Requests.Count(r => r.Method == "POST") > deploys, "the first one never came to its rollout");
        return first;
    }

    private async Task<IReadOnlyList<(int Status, JsonElement Body)>> SendAsync(int count, string pipeline, Func<int, string> id)
    {
        var answers = new (int, JsonElement)[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, cancellationToken) =>
        {
            var seconds = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            var body = Encoding.UTF8.GetBytes($$"""{"note":"{{i}}"}""");
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_plant[i % 2].Url, $"hooks/{pipeline}")) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Add(StandardWebhook.IdHeader, id(i));
            request.Headers.Add(StandardWebhook.TimestampHeader, $"{seconds}");
            request.Headers.Add(StandardWebhook.SignatureHeader, StandardWebhook.Sign(id(i), seconds, body, WebhookKey.Parse(ServiceUnderTest.Secret)!));
            using var response = await _sender.SendAsync(request, cancellationToken);
            answers[i] = ((int)response.StatusCode, await ServiceUnderTest.JsonOf(response));
        });
        return answers;
    }

    /// <summary>At any moment: one of its pipeline waits at most, because whoever comes ends the one before.</summary>
    private async Task OneWaitsAtMostAsync() => Assert.That(
        await _plant.AskAsync<int>("select count(*)::int from target_line l join promotion p on p.id = l.promotion_id where p.pipeline = 'superseding-line' and not l.running"), Is.LessThanOrEqualTo(1));

    private Task AllEndedAsync(int many) => _plant.UntilAsync(
        "every promotion of the storm to end",
        async () => await _plant.AskAsync<int>("select count(*)::int from promotion where ended_at is null") is var live and > 0 ? $"{live} have not" : null,
        TimeSpan.FromSeconds(60 + many));

    private Task<string> EndsAsync(string pipeline, Guid first) => _plant.AskAsync<string>(
        "select string_agg(state || ' ' || many, ', ' order by state) from (select state, count(*) as many from promotion where pipeline = @pipeline and accepted_at >= (select accepted_at from promotion where id = @first) group by state) x",
        new { pipeline, first });

    private string MostMemoryOf(int engine) =>
        _plant[engine].ProcessId is { } id && MostMemory().Match(File.ReadAllText($"/proc/{id}/status")) is { Success: true } match ? match.Groups["kib"].Value + " KiB" : "it has died";

    [GeneratedRegex(@"VmHWM:\s+(?<kib>\d+) kB", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MostMemory();
}
