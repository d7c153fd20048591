using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using Pipelines.Service.Http;
using Pipelines.Service.Outbound;
using Pipelines.Storage.Audit;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Clients;

namespace Pipelines.ServiceTests.Outbound;

/// <summary>Each event reaches each subscriber, signed, tried again as published, and nobody waits for somebody else.</summary>
internal sealed class DeliveryTests
{
    [Test]
    public async Task A_subscriber_hears_what_it_wants_to_as_a_signed_CloudEvent_and_believes_it()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var (all, some) = (await plant.SubscriberAsync(), await plant.SubscriberAsync());
        await plant.SubscribeAsync(new Uri(all.Url, "hook?key=1"));
        await plant.SubscribeAsync(some.Url, ["promotion.failed", "promotion.succeeded"], ["line"]);
        var succeeded = await plant.HappensAsync();
        var elsewhere = await plant.HappensAsync(pipeline: "other-line");
        var started = await plant.HappensAsync("stage.started");

        await plant.RoundAsync();

        Assert.That(all.Ids, Is.EquivalentTo(new[] { succeeded, elsewhere, started }));
        Assert.That(some.Ids, Is.EqualTo(new[] { succeeded }));
        var heard = all.All.Single(x => x.Id == succeeded);
        using var body = JsonDocument.Parse(heard.Body);
        Assert.Multiple(() =>
        {
            Assert.That(heard.WhyNot(plant.Time.GetUtcNow(), WebhookPlant.Secret), Is.Null);
            Assert.That(heard.WhyNot(plant.Time.GetUtcNow(), WebhookPlant.OtherSecret), Is.Not.Null);
            Assert.That(heard.ContentType, Is.EqualTo("application/cloudevents+json; charset=utf-8"));
            Assert.That(heard.Path, Is.EqualTo("/hook?key=1"));
            Assert.That(body.RootElement.GetProperty("id").GetString(), Is.EqualTo(succeeded));
            Assert.That(body.RootElement.GetProperty("type").GetString(), Is.EqualTo("pipelines.promotion.succeeded.v1"));
            Assert.That(body.RootElement.GetProperty("source").GetString(), Is.EqualTo("/pipelines/line"));
            Assert.That(body.RootElement.GetProperty("data").GetProperty("snapshotDigest").GetString(), Is.EqualTo("d"));
        });
    }

    [Test]
    public async Task The_published_client_of_Standard_Webhooks_believes_what_is_sent_and_nothing_else()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var subscriber = await plant.SubscriberAsync();
        await plant.SubscribeAsync(subscriber.Url);
        await plant.HappensAsync();

        await plant.RoundAsync();

        var heard = subscriber.All.Single();
        var body = Encoding.UTF8.GetString(heard.Body);
        Assert.That(await VerifyAsync(WebhookPlant.Secret, body), Is.EqualTo("believed"));
        Assert.That(await VerifyAsync(WebhookPlant.OtherSecret, body), Does.Contain("No matching signature"));
        Assert.That(await VerifyAsync(WebhookPlant.Secret, body + " "), Does.Contain("No matching signature"));
        Assert.That(await VerifyAsync(WebhookPlant.Secret, body, late: 600), Does.Contain("too old"));

        async Task<string> VerifyAsync(string secret, string text, long late = 0)
        {
            var headers = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [StandardWebhook.IdHeader] = heard.Id,
                [StandardWebhook.TimestampHeader] = heard.Timestamp,
                [StandardWebhook.SignatureHeader] = heard.Signature,
            };
            var (code, said) = await NodeClient.RunAsync(
                "verify.mjs", JsonSerializer.Serialize(new { secret, seconds = plant.Time.GetUtcNow().ToUnixTimeSeconds() + late, headers, body = text }));
            Assert.That(code, Is.Zero, said);
            return said;
        }
    }

    [Test]
    public async Task What_is_not_taken_is_tried_again_as_published_under_its_id_with_a_new_time_until_the_subscriber_is_disabled_and_all_hear_of_it()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var (broken, other) = (await plant.SubscriberAsync(), await plant.SubscriberAsync());
        broken.AnswerWith(500, body: "no\u0001 way");
        var id = await plant.SubscribeAsync(broken.Url);
        await plant.SubscribeAsync(other.Url, ["webhook.disabled"]);
        var happened = await plant.HappensAsync();
        var times = new List<long>();

        foreach (var (index, pause) in RetrySchedule.Pauses.Index())
        {
            plant.Time.Advance(pause - TimeSpan.FromSeconds(index == 0 ? 0 : 1));
            await plant.RoundAsync();
            if (index > 0)
            {
                Assert.That(broken.All, Has.Count.EqualTo(index), $"not before {pause}");
                plant.Time.Advance((pause * 0.2) + TimeSpan.FromSeconds(1));
                await plant.RoundAsync();
            }

            Assert.That(broken.All, Has.Count.EqualTo(index + 1), $"after {pause}");
            Assert.That(broken.All[^1].WhyNot(plant.Time.GetUtcNow(), WebhookPlant.Secret), Is.Null, "signed anew");
            times.Add(long.Parse(broken.All[^1].Timestamp));
        }

        var delivery = await plant.OnlyDeliveryAsync(id);
        var subscription = await plant.FindAsync(id);
        Assert.Multiple(() =>
        {
            Assert.That(broken.Ids, Is.All.EqualTo(happened));
            Assert.That(times, Is.Ordered.Ascending.And.Unique);
            Assert.That((delivery.State, delivery.Attempts, delivery.LastStatus, delivery.LastError), Is.EqualTo(("Failed", 10, 500, "It answered 500.")));
            Assert.That(delivery.LastAnswer, Is.EqualTo("no? way"));
            Assert.That(delivery.NextTryAt, Is.Null);
            Assert.That(subscription.DisabledReason, Does.Contain("10 tries"));
        });

        await plant.HappensAsync();
        await plant.RoundAsync();
        Assert.That(broken.All, Has.Count.EqualTo(10), "a disabled one is sent nothing");
        using var told = JsonDocument.Parse(other.All.Single().Body);
        Assert.That(told.RootElement.GetProperty("data").GetProperty("subscriptionId").GetGuid(), Is.EqualTo(id));
        Assert.That(told.RootElement.GetProperty("source").GetString(), Is.EqualTo("/webhooks"));
    }

    [Test]
    public async Task One_event_that_is_never_taken_is_given_up_while_others_come_through()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var picky = await plant.SubscriberAsync();
        var id = await plant.SubscribeAsync(picky.Url);
        var never = await plant.HappensAsync();
        picky.Answer = (context, heard) =>
        {
            context.Response.StatusCode = heard.Id == never ? 422 : 200;
            return Task.CompletedTask;
        };

        for (var i = 0; i < RetrySchedule.Pauses.Count; i++)
        {
            await plant.HappensAsync();
            await plant.RoundAsync();
            plant.Time.Advance(TimeSpan.FromHours(29));
        }

        Assert.That((await plant.FindAsync(id)).DisabledAt, Is.Null);
        Assert.That((await plant.Deliveries.ListAsync(id, "Failed", null, 10, CancellationToken.None)).Single().EventId, Is.EqualTo(never));
        Assert.That((await plant.Deliveries.ListAsync(id, "Delivered", null, 100, CancellationToken.None)), Has.Count.EqualTo(10));
    }

    [Test]
    public async Task Who_is_gone_gets_nothing_more_until_it_is_enabled_and_then_what_waited()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var gone = await plant.SubscriberAsync();
        var id = await plant.SubscribeAsync(gone.Url);
        gone.AnswerWith(503);
        var waits = await plant.HappensAsync();
        await plant.RoundAsync();
        gone.AnswerWith(410);
        var last = await plant.HappensAsync();
        await plant.RoundAsync();

        Assert.That((await plant.FindAsync(id)).DisabledReason, Does.Contain("410"));
        Assert.That(await plant.AskAsync<string>("select string_agg(event, ',') from feed where event like 'webhook.%'"), Is.EqualTo("webhook.disabled"));
        Assert.That((await plant.Deliveries.ListAsync(id, "Failed", null, 10, CancellationToken.None)).Single().EventId, Is.EqualTo(last));
        plant.Time.Advance(TimeSpan.FromHours(1));
        var missed = await plant.HappensAsync();
        await plant.RoundAsync();
        Assert.That(gone.Ids, Is.EqualTo(new[] { waits, last }));

        gone.AnswerWith(200);
        await plant.Subscriptions.ChangeAsync(id, new(null, false, null, null, null, Enabled: true), null, new Actor("ada"), CancellationToken.None);
        var next = await plant.HappensAsync();
        await plant.RoundAsync();
        Assert.That(gone.Ids, Is.EquivalentTo(new[] { waits, last, waits, next }), $"and not {missed}, which happened while it was disabled");
    }

    [Test]
    public async Task A_redirect_is_a_failure_and_is_not_followed()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var (moved, elsewhere) = (await plant.SubscriberAsync(), await plant.SubscriberAsync());
        moved.AnswerWith(301, location: elsewhere.Url.AbsoluteUri);
        var id = await plant.SubscribeAsync(moved.Url);
        await plant.HappensAsync();
        await plant.RoundAsync();

        var delivery = await plant.OnlyDeliveryAsync(id);
        Assert.That((delivery.State, delivery.LastStatus, delivery.Attempts), Is.EqualTo(("Pending", 301, 1)));
        Assert.That(delivery.LastError, Does.Contain("redirects are not followed"));
        Assert.That(elsewhere.All, Is.Empty);
    }

    [Test]
    public async Task Who_does_not_answer_is_left_after_the_timeout_and_tried_again()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var slow = await plant.SubscriberAsync();
        slow.Hang();
        var id = await plant.SubscribeAsync(slow.Url);
        await plant.HappensAsync();
        await plant.DealAsync();
        await plant.TakeAsync();
        await slow.HeardAsync(1);
        Assert.That((await plant.OnlyDeliveryAsync(id)).UnderWay, Is.True);
        Assert.That(await plant.Deliveries.ResendAsync(id, (await plant.OnlyDeliveryAsync(id)).Id, new Actor("ada"), CancellationToken.None), Is.False, "it is being sent");

        plant.Time.Advance(TimeSpan.FromSeconds(15));
        await plant.IdleAsync();

        var delivery = await plant.OnlyDeliveryAsync(id);
        Assert.That((delivery.State, delivery.LastStatus, delivery.LastError), Is.EqualTo(("Pending", (int?)null, "It did not answer within 15 s.")));
        slow.AnswerWith(200);
        plant.Time.Advance(TimeSpan.FromSeconds(6));
        await plant.RoundAsync();
        Assert.That((await plant.OnlyDeliveryAsync(id)).State, Is.EqualTo("Delivered"));
    }

    [Test]
    public async Task An_answer_that_is_large_or_never_ends_is_kept_in_part_and_its_status_counts()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var (large, endless) = (await plant.SubscriberAsync(), await plant.SubscriberAsync());
        large.AnswerWith(200, body: new string('x', 1_000_000));
        endless.Answer = async (context, _) =>
        {
            context.Response.StatusCode = 200;
            await context.Response.WriteAsync("thanks");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        var (first, second) = (await plant.SubscribeAsync(large.Url), await plant.SubscribeAsync(endless.Url));
        await plant.HappensAsync();
        await plant.DealAsync();
        await plant.TakeAsync();
        await endless.HeardAsync(1);
        plant.Time.Advance(TimeSpan.FromSeconds(15));
        await plant.IdleAsync();

        Assert.That((await plant.OnlyDeliveryAsync(first)).LastAnswer, Has.Length.EqualTo(1000));
        // The status may not have been read when time was up, and then it is tried again; it is never both.
        var delivery = await plant.OnlyDeliveryAsync(second);
        Assert.That(delivery.State == "Delivered" ? delivery.LastStatus : 200, Is.EqualTo(200));
    }

    [TestCase(429, "600", 600)]
    [TestCase(502, "600", 600)]
    [TestCase(503, "date", 900)]
    [TestCase(504, "9999999", 24 * 3600)]
    [TestCase(500, "600", 5)]
    [TestCase(503, "-1", 5)]
    [TestCase(503, "soon", 5)]
    [TestCase(429, "1", 5)]
    public async Task Who_asks_for_a_pause_gets_it_for_all_its_deliveries_and_not_a_longer_one_than_a_day(int status, string retryAfter, int seconds)
    {
        await using var plant = await WebhookPlant.StartAsync();
        var busy = await plant.SubscriberAsync();
        busy.AnswerWith(status, retryAfter == "date" ? plant.Time.GetUtcNow().AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture) : retryAfter);
        var id = await plant.SubscribeAsync(busy.Url);
        await plant.HappensAsync();
        await plant.RoundAsync();
        busy.AnswerWith(200);
        if (seconds > 5)
        {
            await plant.HappensAsync();
            await plant.RoundAsync();
            Assert.That(busy.All, Has.Count.EqualTo(1), "the next one waits as well");
        }

        plant.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
        await plant.RoundAsync();
        Assert.That(busy.All, Has.Count.EqualTo(1));
        plant.Time.Advance(TimeSpan.FromSeconds(3));
        await plant.RoundAsync();

        Assert.That(await plant.Deliveries.ListAsync(id, "Pending", null, 10, CancellationToken.None), Is.Empty);
        Assert.That((await plant.FindAsync(id)).FailingSince, Is.Null);
    }

    [Test]
    public async Task A_slow_subscriber_holds_up_no_other()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var (slow, quick) = (await plant.SubscriberAsync(), await plant.SubscriberAsync());
        slow.Hang();
        await plant.SubscribeAsync(slow.Url);
        await plant.SubscribeAsync(quick.Url);
        for (var i = 0; i < 100; i++)
        {
            await plant.HappensAsync();
        }

        await plant.DealAsync();
        await Until.TrueAsync(
            "the quick one to hear all",
            async token =>
            {
                await plant.TakeAsync(cancellationToken: token);
                return quick.All.Count == 100 ? null : $"{quick.All.Count}";
            },
            TimeSpan.FromSeconds(30));
        Assert.That(quick.Ids, Is.Unique);
        Assert.That(slow.All, Has.Count.EqualTo(4), "it has no more than its places");
        Assert.That(quick.MostAtOnce, Is.LessThanOrEqualTo(4));

        plant.Time.Advance(TimeSpan.FromSeconds(15));
        await plant.IdleAsync();
        await plant.TakeAsync();
        await slow.HeardAsync(5);
        Assert.That(await plant.TakeAsync(), Is.Zero, "who fails gets one at a time");
        plant.Time.Advance(TimeSpan.FromSeconds(15));
        await plant.IdleAsync();
    }

    [Test]
    public async Task Two_processes_deliver_each_event_once()
    {
        await using var plant = await WebhookPlant.StartAsync(processes: 2);
        var subscriber = await plant.SubscriberAsync();
        var id = await plant.SubscribeAsync(subscriber.Url);
        const int Events = 300;
        var happened = new List<string>();
        for (var i = 0; i < Events; i++)
        {
            happened.Add(await plant.HappensAsync());
        }

        await Task.WhenAll(Enumerable.Range(0, 2).Select(process => Task.Run(() => Until.TrueAsync(
            "both to have nothing left",
            async _ =>
            {
                await plant.RoundAsync(process);
                return subscriber.All.Count >= Events ? null : $"{subscriber.All.Count}";
            },
            TimeSpan.FromSeconds(60)))));
        await plant.IdleAsync(0);
        await plant.IdleAsync(1);

        Assert.That(subscriber.Ids, Is.EquivalentTo(happened));
        Assert.That(await plant.AskAsync<int>("select count(*)::int from webhook_delivery where state = 'Delivered'"), Is.EqualTo(Events));
    }

    [Test]
    public async Task What_a_dead_process_had_claimed_is_sent_by_another_and_one_that_comes_back_late_writes_nothing()
    {
        await using var plant = await WebhookPlant.StartAsync(processes: 2);
        var subscriber = await plant.SubscriberAsync();
        var id = await plant.SubscribeAsync(subscriber.Url);
        var happened = await plant.HappensAsync();
        await plant.DealAsync();
        // The first has sent it, and stands still before its note.
        var mine = (await plant.Deliveries.ClaimAsync(10, 4, new Dictionary<Guid, int>(), TimeSpan.FromSeconds(20), CancellationToken.None)).Single();
        await plant.TakeAsync(1);
        await plant.IdleAsync(1);
        Assert.That(subscriber.All, Is.Empty, "it is claimed");

        plant.Time.Advance(TimeSpan.FromSeconds(21));
        await plant.RoundAsync(1);

        Assert.That(subscriber.Ids, Is.EqualTo(new[] { happened }));
        var late = new Storage.Webhooks.WebhookFailure(plant.Time.GetUtcNow(), null, "late", null, null, null, "late", EvenIfOthersCameThrough: true);
        Assert.That(await plant.Deliveries.FailedAsync(mine, late, CancellationToken.None), Is.EqualTo(Storage.Webhooks.FailureNoted.Late));
        Assert.That(await plant.Deliveries.DeliveredAsync(mine, plant.Time.GetUtcNow(), 200, null, CancellationToken.None), Is.False);
        Assert.That((await plant.FindAsync(id)).DisabledAt, Is.Null);
        Assert.That((await plant.OnlyDeliveryAsync(id)).State, Is.EqualTo("Delivered"));
    }

    [Test]
    public async Task A_stop_gives_back_what_is_under_way()
    {
        await using var plant = await WebhookPlant.StartAsync(processes: 2);
        var subscriber = await plant.SubscriberAsync();
        subscriber.Hang();
        var id = await plant.SubscribeAsync(subscriber.Url);
        await plant.HappensAsync();
        await plant.DealAsync();
        using var stop = new CancellationTokenSource();
        await plant.TakeAsync(0, stop.Token);
        await subscriber.HeardAsync(1);
        await stop.CancelAsync();
        await plant.IdleAsync(0);
        subscriber.AnswerWith(200);
        await plant.RoundAsync(1);

        var delivery = await plant.OnlyDeliveryAsync(id);
        Assert.That((delivery.State, delivery.Attempts), Is.EqualTo(("Delivered", 1)));
        Assert.That(subscriber.Ids.Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_name_that_leads_inside_by_the_time_of_the_connect_is_not_called()
    {
        await using var plant = await WebhookPlant.StartAsync(allowsLoopback: false);
        var inside = await plant.SubscriberAsync();
        var id = await plant.SubscribeAsync(new Uri($"http://rebound.example:{inside.Url.Port}/"));
        await plant.HappensAsync();
        await plant.RoundAsync();
        plant.Resolve = _ => [IPAddress.Loopback.MapToIPv6()];
        plant.Time.Advance(TimeSpan.FromSeconds(7));
        await plant.RoundAsync();

        Assert.That(inside.All, Is.Empty);
        var delivery = await plant.OnlyDeliveryAsync(id);
        Assert.That((delivery.State, delivery.Attempts), Is.EqualTo(("Pending", 2)));
        Assert.That(delivery.LastError, Does.Contain("'rebound.example' leads to ::ffff:127.0.0.1, which is no public address"));
    }

    [Test]
    public async Task What_has_ended_is_sent_again_when_somebody_says_so_under_the_same_id()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var subscriber = await plant.SubscriberAsync();
        var id = await plant.SubscribeAsync(subscriber.Url);
        var happened = await plant.HappensAsync();
        await plant.RoundAsync();
        var delivery = await plant.OnlyDeliveryAsync(id);
        Assert.That(await plant.Deliveries.ResendAsync(id, delivery.Id, new Actor("ada"), CancellationToken.None), Is.True);
        Assert.That(await plant.Deliveries.ResendAsync(Guid.NewGuid(), delivery.Id, new Actor("ada"), CancellationToken.None), Is.False, "of another subscription");
        await plant.RoundAsync();

        Assert.That(subscriber.Ids, Is.EqualTo(new[] { happened, happened }));
        delivery = await plant.OnlyDeliveryAsync(id);
        Assert.That((delivery.State, delivery.Attempts, delivery.ResentBy), Is.EqualTo(("Delivered", 1, "ada")));
    }

    [Test]
    public async Task While_a_secret_is_rotated_both_sign_and_then_only_the_new_one()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var subscriber = await plant.SubscriberAsync();
        var id = await plant.SubscribeAsync(subscriber.Url);
        await plant.Subscriptions.RotateAsync(id, WebhookPlant.OtherSecret, plant.Time.GetUtcNow().AddHours(1), null, new Actor("ada"), CancellationToken.None);
        await plant.HappensAsync();
        await plant.RoundAsync();
        Assert.That(subscriber.All[0].WhyNot(plant.Time.GetUtcNow(), WebhookPlant.Secret), Is.Null);
        Assert.That(subscriber.All[0].WhyNot(plant.Time.GetUtcNow(), WebhookPlant.OtherSecret), Is.Null);

        plant.Time.Advance(TimeSpan.FromHours(1));
        await plant.HappensAsync();
        await plant.RoundAsync();
        Assert.That(subscriber.All[1].WhyNot(plant.Time.GetUtcNow(), WebhookPlant.Secret), Is.Not.Null);
        Assert.That(subscriber.All[1].WhyNot(plant.Time.GetUtcNow(), WebhookPlant.OtherSecret), Is.Null);
    }

    [Test]
    public async Task Old_deliveries_go_and_what_still_waits_for_somebody_stays()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var (well, ill, off) = (await plant.SubscriberAsync(), await plant.SubscriberAsync(), await plant.SubscriberAsync());
        var first = await plant.SubscribeAsync(well.Url);
        var second = await plant.SubscribeAsync(ill.Url);
        var third = await plant.SubscribeAsync(off.Url);
        ill.AnswerWith(500);
        off.AnswerWith(500);
        await plant.HappensAsync();
        await plant.RoundAsync();
        await plant.Subscriptions.ChangeAsync(third, new(null, false, null, null, null, Enabled: false), null, new Actor("ada"), CancellationToken.None);
        plant.Time.Advance(TimeSpan.FromDays(31));
        await plant.CleanAsync();

        Assert.That(await plant.Deliveries.ListAsync(first, null, null, 10, CancellationToken.None), Is.Empty);
        Assert.That(await plant.Deliveries.ListAsync(second, null, null, 10, CancellationToken.None), Has.Count.EqualTo(1));
        Assert.That(await plant.Deliveries.ListAsync(third, null, null, 10, CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Who_ends_a_subscription_while_a_try_is_being_noted_waits_for_it_and_neither_fails()
    {
        await using var plant = await WebhookPlant.StartAsync();
        var id = await plant.SubscribeAsync((await plant.SubscriberAsync()).Url);
        await plant.HappensAsync();
        await plant.DealAsync();
        await using var noting = await plant.OpenAsync();
        await using var transaction = await noting.BeginTransactionAsync();
        await noting.ExecuteAsync("update webhook_delivery set attempts = attempts + 1 where subscription_id = @id", new { id }, transaction);

        var deleted = Task.Run(() => plant.Subscriptions.DeleteAsync(id, null, new Actor("ada"), CancellationToken.None));
        await Until.TrueAsync(
            "the end of the subscription to wait for the note",
            async _ => await plant.AskAsync<bool>("select exists (select from pg_locks l join pg_database d on d.datname = current_database() where not l.granted and (l.database = d.oid or l.database is null or l.database = 0))") ? null : "nobody waits",
            TimeSpan.FromSeconds(30));
        await noting.ExecuteAsync("update webhook_subscription set failing_since = now() where id = @id", new { id }, transaction);
        await transaction.CommitAsync();

        Assert.That(await deleted, Is.True);
        Assert.That(await plant.AskAsync<int>("select count(*)::int from webhook_delivery"), Is.Zero);
    }
}
