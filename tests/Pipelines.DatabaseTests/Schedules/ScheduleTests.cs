using Npgsql;
using NUnit.Framework;
using Pipelines.DatabaseTests.Promotions;
using Pipelines.Storage;
using Pipelines.Storage.Hosting;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Schedules;

/// <summary>Each due time starts exactly one promotion, whatever happens to processes and clocks, or it is said why not.</summary>
public sealed class ScheduleTests
{
    private const string Hourly = "  s: { cron: 0 * * * * }";

    [Test]
    public async Task A_time_that_comes_starts_one_promotion_that_names_it()
    {
        await using var clockwork = await Clockwork.CreateAsync("  s: { cron: 30 2 * * *, zone: Europe/Berlin }");
        var engine = await clockwork.EngineAsync();
        clockwork.At("2027-03-01T01:29:59Z");
        await engine.TickAsync();
        Assert.That(await clockwork.RunsAsync(), Is.Empty);

        clockwork.At("2027-03-01T01:30:00Z");
        await engine.TickAsync();
        await engine.TickAsync();

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(new[] { "01:30 Started" }));
        Assert.That(
            await clockwork.QueryAsync<string>("select idempotency_key || ' ' || trigger || ' ' || requested_by || ' ' || note || ' ' || state from promotion"),
            Is.EqualTo(new[] { "schedule:line:s:2027-03-01T01:30:00Z schedule schedule s Due at 2027-03-01 02:30:00 +01:00 (Europe/Berlin). Accepted" }));
        Assert.That(await clockwork.AskAsync<bool>("select promotion_id = (select id from promotion) from schedule_run"), Is.True);
        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from target_line"), Is.EqualTo(1), "it stands in line");
        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from outbox"), Is.EqualTo(1), "its first message");
        Assert.That(await clockwork.QueryAsync<string>("select event from feed"), Is.EqualTo(new[] { "promotion.accepted" }));
    }

    [Test]
    public async Task The_first_line_of_its_timeline_is_as_the_intake_writes_it()
    {
        await using var together = await Clockwork.CreateAsync(Hourly);
        await using var alone = await Clockwork.CreateAsync(Hourly, "whenBusy: reject\n");
        foreach (var clockwork in new[] { together, alone })
        {
            var engine = await clockwork.EngineAsync();
            clockwork.At("2027-03-01T01:00:00Z");
            await engine.TickAsync();
            Assert.That(
                await clockwork.AskAsync<bool>(
                    "select p.last_seq = 1 and p.last_hash = e.hash and e.seq = 1 and e.hash = event_hash('\\x', e.promotion_id, 1, e.at, e.type, e.data) from promotion p join promotion_event e on e.promotion_id = p.id"),
                Is.True);
        }

        const string Line = "select (data - 'definition')::text from promotion_event";
        Assert.That(await together.QueryAsync<string>(Line), Is.EqualTo(await alone.QueryAsync<string>(Line)));
    }

    [TestCase("", 340)]
    [TestCase("whenBusy: supersede\n", 100)]
    public async Task Of_many_processes_each_time_has_one_that_starts_it(string root, int schedules)
    {
        await using var clockwork = await Clockwork.CreateAsync(string.Join('\n', Enumerable.Range(0, schedules).Select(i => $"  s{i}: {{ cron: 0 * * * *, overlap: bufferAll }}")), root);
        var engines = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => clockwork.EngineAsync()));
        foreach (var engine in engines)
        {
            // So that there is something for each of them.
            engine.Service<PipelinesStorageOptions>().Schedules.BatchSize = 50;
        }

        foreach (var hour in new[] { "01", "02", "03" })
        {
            clockwork.At($"2027-03-01T{hour}:00:00Z");
            await Task.WhenAll(engines.Select(engine => Task.Run(engine.TickAsync)));
            await clockwork.EndAsync();
        }

        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from promotion"), Is.EqualTo(3 * schedules));
        Assert.That(await clockwork.AskAsync<int>("select count(distinct promotion_id)::int from schedule_run where outcome = 'Started'"), Is.EqualTo(3 * schedules));
        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from outbox where body::text is not null and envelope::text like '%PromotionAccepted%'"), Is.EqualTo(3 * schedules));
    }

    [Test]
    public async Task While_more_are_due_than_start_at_once_the_work_on_those_started_waits()
    {
        await using var clockwork = await Clockwork.CreateAsync(string.Join('\n', Enumerable.Range(0, 5).Select(i => $"  s{i}: {{ cron: 0 * * * * }}")));
        var engine = await clockwork.EngineAsync();
        var options = engine.Service<PipelinesStorageOptions>().Schedules;
        options.BatchSize = 2;
        clockwork.At("2027-03-01T01:00:00Z");
        await engine.TickAsync();

        Assert.That(
            await clockwork.QueryAsync<double>("select extract(epoch from o.visible_at - (select max(accepted_at) from promotion))::float8 from outbox o order by 1"),
            Is.EqualTo(new[] { 0, 1, 1, 1, 1 }.Select(x => x * options.BurstHeldBack.TotalSeconds)), "the last batch was not full: nothing else is due");
    }

    [Test]
    public async Task Who_dies_between_the_start_and_the_commit_has_done_nothing_and_another_one_does_it()
    {
        await using var clockwork = await Clockwork.CreateAsync(Hourly);
        var dying = await clockwork.EngineAsync();
        var other = await clockwork.EngineAsync();
        clockwork.At("2027-03-01T01:00:00Z");
        await using (var connection = new NpgsqlConnection(clockwork.Connection))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var hold = new NpgsqlCommand("lock table outbox in exclusive mode", connection);
            await hold.ExecuteNonQueryAsync();
            var start = Task.Run(dying.TickAsync);
            const string Held = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
            await Eventually.HoldsAsync(async () => (await clockwork.QueryAsync<int>(Held)).Count == 1, () => "The start never came to its last statement.");
            await other.TickAsync();
            Assert.That(await clockwork.RunsAsync(), Is.Empty, "the other one leaves it to whoever has it in hand");
            await clockwork.QueryAsync<bool>($"select pg_terminate_backend(pid) from ({Held}) x");
            Assert.That(async () => await start, Throws.InstanceOf<NpgsqlException>());
            await transaction.RollbackAsync();
        }

        // The client hears of its end a moment before its locks are gone.
        await Eventually.HoldsAsync(
            async () =>
            {
                await other.TickAsync();
                return (await clockwork.RunsAsync()).Count > 0;
            },
            () => "The other one never did it.");

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(new[] { "01:00 Started" }));
        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from promotion"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_process_that_was_frozen_since_it_took_a_time_in_hand_changes_nothing_any_more()
    {
        await using var development = await FakeNodeRed.StartAsync("dev", o => o.Flows = PromotionPlant.Flows("v2"));
        await using var replica = await FakeNodeRed.StartAsync("a", o => o.Flows = PromotionPlant.Flows("v1"));
        await using var second = await FakeNodeRed.StartAsync("b", o => o.Flows = PromotionPlant.Flows("v1"));
        await using var clockwork = await Clockwork.CreateAsync(Hourly);
        clockwork.Define("  s: { cron: 0 * * * *, onlyWhenChanged: true }", instances: Clockwork.InstancesOf(development, replica, second));
        var frozen = await clockwork.EngineAsync();
        var other = await clockwork.EngineAsync();
        development.Faults.OnReadFlows(new Fault.Hang());
        clockwork.At("2027-03-01T01:00:00Z");
        var asks = Task.Run(frozen.TickAsync);
        await Eventually.HoldsAsync(async () => await clockwork.AskAsync<bool>("select taken_until is not null from schedule"), () => "It was never taken in hand.");
        await other.TickAsync();
        Assert.That(await clockwork.RunsAsync(), Is.Empty, "it is in the hands of the first");

        // Its lease ends while it hangs, and with the clock its own patience.
        clockwork.Time.Advance(TimeSpan.FromMinutes(1));
        await other.TickAsync();
        await asks;

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(new[] { "01:00 Started" }));
        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from promotion"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_time_that_comes_while_the_last_promotion_has_not_ended_is_left_out()
    {
        await using var clockwork = await Clockwork.CreateAsync(Hourly);
        var engine = await clockwork.EngineAsync();

        await HoursAsync(clockwork, engine, 1, 3);
        await clockwork.EndAsync();
        await HoursAsync(clockwork, engine, 4, 4);

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(new[] { "01:00 Started", "02:00 Skipped", "03:00 Skipped", "04:00 Started" }));
        Assert.That(
            await clockwork.AskAsync<string>("select reason from schedule_run where outcome = 'Skipped' order by nominal_at limit 1"),
            Does.Contain(await clockwork.AskAsync<string>("select id::text from promotion order by accepted_at limit 1")));
    }

    [TestCase("bufferOne", new[] { "01:00 Started", "02:00 Waiting", "03:00 Skipped" }, new[] { "01:00 Started", "02:00 Started", "03:00 Skipped" })]
    [TestCase("bufferAll", new[] { "01:00 Started", "02:00 Waiting", "03:00 Waiting" }, new[] { "01:00 Started", "02:00 Started", "03:00 Started" })]
    public async Task What_waits_starts_one_after_the_other_also_after_a_restart(string overlap, string[] before, string[] after)
    {
        await using var clockwork = await Clockwork.CreateAsync($"  s: {{ cron: 0 * * * *, overlap: {overlap} }}");
        await HoursAsync(clockwork, await clockwork.EngineAsync(), 1, 3);
        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(before));

        var engines = new[] { await clockwork.EngineAsync(), await clockwork.EngineAsync() };
        for (var i = 0; i < 3; i++)
        {
            await clockwork.EndAsync();
            await Task.WhenAll(engines.Select(engine => Task.Run(engine.TickAsync)));
            Assert.That(await clockwork.AskAsync<int>("select count(*)::int from promotion where ended_at is null"), Is.LessThanOrEqualTo(1), "one after the other");
        }

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(after));
    }

    [TestCase("skip", new[] { "01:00 Missed" })]
    [TestCase("once", new[] { "01:00 Missed", "06:00 Started" })]
    [TestCase("all, overlap: bufferAll", new[] { "01:00 Started", "02:00 Waiting", "03:00 Waiting", "04:00 Waiting", "05:00 Waiting", "06:00 Waiting" })]
    [TestCase("all, catchUpWindow: 90m, overlap: bufferAll", new[] { "01:00 Missed", "05:00 Started", "06:00 Waiting" })]
    public async Task After_a_downtime_the_catch_up_decides(string catchUp, string[] expected)
    {
        await using var clockwork = await Clockwork.CreateAsync($"  s: {{ cron: 0 * * * *, catchUp: {catchUp} }}");
        await clockwork.EngineAsync();

        clockwork.At("2027-03-01T06:30:00Z");
        await (await clockwork.EngineAsync()).TickAsync();

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(expected));
        Assert.That(await clockwork.AskAsync<DateTime>("select nominal_at at time zone 'utc' from schedule"), Is.EqualTo(new DateTime(2027, 3, 1, 7, 0, 0)));
    }

    [Test]
    public async Task A_clock_that_jumps_back_starts_nothing_twice()
    {
        await using var clockwork = await Clockwork.CreateAsync(Hourly);
        var engine = await clockwork.EngineAsync();
        foreach (var moment in new[] { "01:00", "00:30", "01:00", "00:10", "01:59", "02:00", "01:00" })
        {
            clockwork.At($"2027-03-01T{moment}:00Z");
            await engine.TickAsync();
            await clockwork.EndAsync();
        }

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(new[] { "01:00 Started", "02:00 Started" }));
    }

    [Test]
    public async Task While_it_is_paused_nothing_starts_and_what_passed_is_not_made_up_for()
    {
        await using var clockwork = await Clockwork.CreateAsync("  s: { cron: 0 * * * *, catchUp: all }\n  other: { cron: 0 * * * * }");
        var engine = await clockwork.EngineAsync();
        await engine.PauseAsync(true);
        await HoursAsync(clockwork, engine, 1, 2);
        await (await clockwork.EngineAsync()).TickAsync();
        Assert.That(await clockwork.RunsAsync(), Is.Empty, "not after a restart either");
        Assert.That(await clockwork.RunsAsync("other"), Is.Not.Empty);
        var state = (await engine.AskStoreAsync(store => store.OfAsync("line", CancellationToken.None)))["s"];
        Assert.That((state.Paused, state.SetBy), Is.EqualTo((true, "ada")));

        clockwork.At("2027-03-01T02:30:00Z");
        await engine.PauseAsync(false);
        await HoursAsync(clockwork, engine, 3, 3);

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(new[] { "03:00 Started" }));
    }

    [TestCase("v2", "v2", "Unchanged")]
    [TestCase("v1", "v2", "Started")]
    [TestCase("v1", "v1", "Started")]
    public async Task Only_when_changed_asks_what_every_replica_runs(string first, string second, string outcome)
    {
        await using var development = await FakeNodeRed.StartAsync("dev", o => o.Flows = PromotionPlant.Flows("v2"));
        await using var a = await FakeNodeRed.StartAsync("a", o => o.Flows = PromotionPlant.Flows(first));
        await using var b = await FakeNodeRed.StartAsync("b", o => o.Flows = PromotionPlant.Flows(second));
        await using var clockwork = await Clockwork.CreateAsync(Hourly);
        clockwork.Define("  s: { cron: 0 * * * *, onlyWhenChanged: true }", instances: Clockwork.InstancesOf(development, a, b));
        var engine = await clockwork.EngineAsync();

        await HoursAsync(clockwork, engine, 1, 1);

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(new[] { $"01:00 {outcome}" }));
        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from promotion"), Is.EqualTo(outcome == "Started" ? 1 : 0));
    }

    [Test]
    public async Task Who_cannot_be_asked_counts_as_changed()
    {
        // Nobody listens there.
        await using var clockwork = await Clockwork.CreateAsync("  s: { cron: \"* * * * * *\", onlyWhenChanged: true }");
        var engine = await clockwork.EngineAsync(TimeProvider.System);
        var book = await engine.TakeUpAsync();
        await Eventually.HoldsAsync(async () => await engine.Starter.StartAloneAsync(book, CancellationToken.None) > 0, () => "No second came.");

        Assert.That(await clockwork.QueryAsync<string>("select outcome from schedule_run"), Does.Contain("Started"));
    }

    [Test]
    public async Task A_pipeline_that_rejects_has_its_refusal_written_down()
    {
        await using var clockwork = await Clockwork.CreateAsync("  s: { cron: 0 * * * * }\n  t: { cron: 1 * * * * }", "whenBusy: reject\n");
        var engine = await clockwork.EngineAsync();
        await HoursAsync(clockwork, engine, 1, 1);
        clockwork.At("2027-03-01T01:01:00Z");
        await engine.TickAsync();

        Assert.That(await clockwork.RunsAsync("t"), Is.EqualTo(new[] { "00:01 Missed", "01:01 Refused" }));
        Assert.That(await clockwork.AskAsync<string>("select reason from schedule_run where name = 't' and outcome = 'Refused'"), Does.Contain("in the way"));
        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from promotion"), Is.EqualTo(1));
        await clockwork.EndAsync();
        clockwork.At("2027-03-01T02:01:00Z");
        await engine.TickAsync();
        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from promotion"), Is.EqualTo(2), "what was in the way has ended, and of the two that are due now one is taken");
    }

    [Test]
    public async Task A_changed_text_holds_from_its_next_time_on_and_one_that_was_taken_out_starts_no_more()
    {
        await using var clockwork = await Clockwork.CreateAsync("  s: { cron: 0 * * * * }\n  t: { cron: 0 * * * *, overlap: bufferAll }");
        var engine = await clockwork.EngineAsync();
        await HoursAsync(clockwork, engine, 1, 2);
        clockwork.Define("  s: { cron: 30 * * * * }");
        Assert.That(engine.Shelf.Reload().Problems, Is.Empty);
        await engine.TickAsync();

        await HoursAsync(clockwork, engine, 3, 3);
        await clockwork.EndAsync();
        clockwork.At("2027-03-01T03:30:00Z");
        await engine.TickAsync();

        Assert.That((await clockwork.RunsAsync())[^1], Is.EqualTo("03:30 Started"));
        Assert.That(await clockwork.RunsAsync("t"), Is.EqualTo(new[] { "01:00 Started", "02:00 Skipped" }), "what waited is left out");
        Assert.That(await clockwork.QueryAsync<string>("select name from schedule"), Is.EqualTo(new[] { "s" }));
    }

    [Test]
    public async Task A_process_with_an_older_text_leaves_the_times_alone()
    {
        await using var clockwork = await Clockwork.CreateAsync(Hourly);
        var old = await clockwork.EngineAsync();
        clockwork.Define("  s: { cron: 30 * * * * }");
        var present = await clockwork.EngineAsync();
        clockwork.At("2027-03-01T01:30:00Z");

        await old.TickAsync();
        Assert.That(await clockwork.RunsAsync(), Is.Empty);
        Assert.That(old.Starter.Strange, Is.EqualTo(new[] { "line/s" }));
        await present.TickAsync();

        Assert.That(await clockwork.RunsAsync(), Is.EqualTo(new[] { "00:30 Missed", "01:30 Started" }));
    }

    [Test]
    public async Task A_time_whose_jitter_is_not_over_survives_a_change_of_its_text()
    {
        await using var clockwork = await Clockwork.CreateAsync("  s: { cron: 0 2 * * *, jitter: 50m }");
        var engine = await clockwork.EngineAsync();
        clockwork.At("2027-03-01T02:00:00Z");
        await engine.TickAsync();
        clockwork.Define("  s: { cron: 0 2 * * *, jitter: 20m, overlap: bufferOne }");
        engine.Shelf.Reload();
        await engine.TickAsync();

        clockwork.At("2027-03-01T02:20:00Z");
        await engine.TickAsync();

        Assert.That(await clockwork.RunsAsync(), Has.Count.EqualTo(1).And.All.StartsWith("02:00"));
    }

    [Test]
    public async Task What_became_of_times_long_ago_is_thrown_away_and_the_promotions_stay()
    {
        await using var clockwork = await Clockwork.CreateAsync(Hourly);
        var engine = await clockwork.EngineAsync();
        await HoursAsync(clockwork, engine, 1, 3);

        clockwork.At("2027-04-15T00:00:00Z");
        await engine.Service<Housekeeping>().CleanAsync(CancellationToken.None);

        Assert.That(await clockwork.RunsAsync(), Is.Empty);
        Assert.That(await clockwork.AskAsync<int>("select count(*)::int from promotion"), Is.EqualTo(1));
    }

    private static async Task HoursAsync(Clockwork clockwork, ScheduleEngine engine, int first, int last)
    {
        for (var hour = first; hour <= last; hour++)
        {
            clockwork.At($"2027-03-01T{hour:00}:00:00Z");
            await engine.TickAsync();
        }
    }
}
