using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Service.Http;

namespace Pipelines.ServiceTests;

/// <summary>Schedules from the file to the plant, and what the API says of them.</summary>
internal sealed class ScheduleTests
{
    private ServiceUnderTest _service = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _service = await ServiceUnderTest.StartAsync();
        await DefineAsync("line", "  nightly: { cron: 30 2 * * 1-5, zone: Europe/Berlin, jitter: 10m, overlap: bufferOne, catchUp: once, catchUpWindow: 6h }\n  once: { at: 2090-03-26T02:30, zone: Europe/Berlin }\n  past: { at: 2020-01-01T00:00 }");
    }

    [OneTimeTearDown]
    public async Task Stop() => await _service.DisposeAsync();

    [Test]
    public async Task The_next_ten_times_are_told_on_the_clocks_of_the_zone()
    {
        var schedules = await SchedulesAsync("line");

        var nightly = schedules["nightly"];
        var next = nightly.GetProperty("next").EnumerateArray().Select(x => (Nominal: x.GetProperty("nominal").GetDateTimeOffset(), Due: x.GetProperty("due").GetDateTimeOffset())).ToList();
        Assert.That(next, Has.Count.EqualTo(10));
        Assert.That(next.Select(x => x.Nominal), Is.Ordered);
        Assert.That(next.Select(x => x.Nominal.TimeOfDay), Is.All.EqualTo(new TimeSpan(2, 30, 0)).Or.EqualTo(new TimeSpan(3, 0, 0)));
        Assert.That(next.Select(x => x.Nominal.DayOfWeek), Is.All.Not.EqualTo(DayOfWeek.Saturday).And.Not.EqualTo(DayOfWeek.Sunday));
        Assert.That(next.Select(x => x.Due - x.Nominal), Is.All.InRange(TimeSpan.Zero, TimeSpan.FromMinutes(10)));
        Assert.That(
            new[] { "zone", "jitter", "overlap", "catchUp", "catchUpWindow" }.Select(x => nightly.GetProperty(x).GetString()),
            Is.EqualTo(new[] { "Europe/Berlin", "10m", "bufferOne", "once", "6h" }));
        // The night in which the clocks change.
        Assert.That(schedules["once"].GetProperty("next")[0].GetProperty("nominal").GetString(), Is.EqualTo("2090-03-26T03:00:00+02:00"));
        Assert.That(schedules["past"].GetProperty("next").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task A_time_that_comes_is_a_promotion_of_the_schedule_and_unchanged_flows_are_not_promoted_again()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        await DefineAsync("line", "  often: { cron: \"* * * * * *\", onlyWhenChanged: true }", service);

        var runs = await HistoryUntilAsync(service, "often", "unchanged");

        var promotion = runs.First(x => x.GetProperty("outcome").GetString() == "started").GetProperty("promotion").GetGuid();
        var ended = await service.EndOfAsync(promotion, "Succeeded");
        Assert.That(ended.GetProperty("trigger").GetString(), Is.EqualTo("schedule"));
        Assert.That(ended.GetProperty("requestedBy").GetString(), Is.EqualTo("schedule often"));
        Assert.That(service.Replicas.Select(x => x.Revision), Is.All.EqualTo(service.Development.Revision));
        Assert.That(runs.Select(x => x.GetProperty("nominal").GetString()), Is.Unique);

        using var paused = await service.Admin.PostAsync(new Uri("/pipelines/line/schedules/often/pause", UriKind.Relative), null);
        Assert.That((await ServiceUnderTest.JsonOf(paused)).GetProperty("paused").GetBoolean(), Is.True);
        service.Development.DeployForeign(ServiceUnderTest.Flows("v3"));
        using var resumed = await service.Admin.PostAsync(new Uri("/pipelines/line/schedules/often/resume", UriKind.Relative), null);
        Assert.That((await ServiceUnderTest.JsonOf(resumed)).GetProperty("setBy").GetString(), Is.EqualTo("admin"));
        var again = await HistoryUntilAsync(service, "often", "started", besides: promotion);
        await service.EndOfAsync(again[0].GetProperty("promotion").GetGuid(), "Succeeded");
    }

    [TestCase("")]
    [TestCase(", onlyWhenChanged: true", TestName = "{m} also those for which instances are asked")]
    public async Task What_the_clock_starts_is_counted_as_what_is_accepted(string more)
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var counts = new Counts(service.Services.GetRequiredService<IMeterFactory>());
        await DefineAsync("line", $"  often: {{ cron: \"* * * * * *\"{more} }}", service);
        await HistoryUntilAsync(service, "often", "started");
        using var paused = await service.Admin.PostAsync(new Uri("/pipelines/line/schedules/often/pause", UriKind.Relative), null);

        var started = (await service.GetAsync("/promotions?limit=200")).GetProperty("items").GetArrayLength();

        // It is counted right after its commit.
        Assert.That(() => counts["pipelines.promotions.accepted pipeline=line trigger=schedule"], Is.EqualTo(started).After(10).Seconds.PollEvery(20).MilliSeconds, counts.ToString());
    }

    [TestCase("/pipelines/lin/schedules", "Did you mean 'line'?", false)]
    [TestCase("/pipelines/line/schedules/nightli/pause", "Did you mean 'nightly'?", true)]
    [TestCase("/pipelines/line/schedules/nightli/resume", "Did you mean 'nightly'?", true)]
    [TestCase("/pipelines/other-line/schedules/nightly/pause", "has no schedule 'nightly'", true)]
    public async Task What_is_not_there_is_named_with_the_nearest(string path, string why, bool post)
    {
        var uri = new Uri(path, UriKind.Relative);
        using var response = post ? await _service.Admin.PostAsync(uri, null) : await _service.Admin.GetAsync(uri);

        Assert.That((await ServiceUnderTest.ProblemOf(response, 404)).GetProperty("detail").GetString(), Does.Contain(why));
    }

    [Test]
    public async Task Whoever_may_only_read_pauses_nothing()
    {
        using var reader = await _service.ClientWithAsync(Scopes.Read);
        using var seen = await reader.GetAsync(new Uri("/pipelines/line/schedules", UriKind.Relative));
        using var refused = await reader.PostAsync(new Uri("/pipelines/line/schedules/nightly/pause", UriKind.Relative), null);

        Assert.That(seen.IsSuccessStatusCode, Is.True);
        await ServiceUnderTest.ProblemOf(refused, 403);
    }

    private async Task<Dictionary<string, JsonElement>> SchedulesAsync(string pipeline, ServiceUnderTest? service = null) =>
        (await (service ?? _service).GetAsync($"/pipelines/{pipeline}/schedules")).GetProperty("items").EnumerateArray().ToDictionary(x => x.GetProperty("name").GetString()!);

    /// <summary>Waits until a time has that outcome, and returns what became of this and of those before it.</summary>
    private async Task<List<JsonElement>> HistoryUntilAsync(ServiceUnderTest service, string name, string outcome, Guid? besides = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var history = new List<JsonElement>();
        while (!patience.IsCancellationRequested)
        {
            history = [.. (await SchedulesAsync("line", service))[name].GetProperty("history").EnumerateArray()];
            if (history.FindIndex(x => x.GetProperty("outcome").GetString() == outcome && (besides is null || x.GetProperty("promotion").GetGuid() != besides)) is var found and >= 0)
            {
                return history[found..];
            }
        }

        throw new TimeoutException($"Nothing was {outcome}: {string.Join('\n', history)}\n{service.Log}");
    }

    private async Task DefineAsync(string pipeline, string schedules, ServiceUnderTest? service = null)
    {
        var under = service ?? _service;
        var text = ServiceUnderTest.Pipeline(pipeline).Replace("stages:", $"schedules:\n{schedules}\nstages:", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(under.Folder, $"{pipeline}.pipeline.yaml"), text);
        var reload = under.Services.GetRequiredService<DefinitionShelf>().Reload();
        Assert.That(reload.Problems, Is.Empty);
    }
}
